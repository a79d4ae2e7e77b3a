using System.Diagnostics;
using System.Globalization;

namespace MemoryWall.Engine.Tests.Machine.Processes;

/// <summary>A process that uses known amounts (tests/KnownLoad).</summary>
internal sealed class LoadProcess : IDisposable
{
    private readonly Process _process;

    public LoadProcess()
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MemoryWall.KnownLoad.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Expect("ready");
    }

    public int Pid => _process.Id;

    /// <summary>Sends all further commands to a child of the process.</summary>
    public void Spawn()
    {
        _process.StandardInput.WriteLine("spawn");
        Expect("ready");
    }

    /// <summary>Runs a command; returns the amount that the process reports, 0 where it reports none.</summary>
    public double Run(string command)
    {
        _process.StandardInput.WriteLine(command);
        var answer = Expect("done").Split(' ');
        return answer.Length > 1 ? double.Parse(answer[1], CultureInfo.InvariantCulture) : 0;
    }

    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private string Expect(string beginning)
    {
        var line = _process.StandardOutput.ReadLineAsync().WaitAsync(TestedProgram.Patience).GetAwaiter().GetResult();
        Assert.StartsWith(beginning, line);
        return line!;
    }
}
