using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace MemoryWall.Benchmarks.Faults;

/// <summary>The program as a child process (Linux), with what it said.</summary>
internal sealed partial class MemwallProcess : IDisposable
{
    private static readonly string s_assembly = typeof(MemwallProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "Memwall").Value!;

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private MemwallProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Append;
        _process.ErrorDataReceived += Append;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Its exit code; 137 where SIGKILL ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to both outputs.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>The numbers of the trials that it named as stored.</summary>
    public IReadOnlyList<int> Announced =>
        [.. TrialLine().Matches(Said).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>Starts it.</summary>
    /// <param name="environment">Variables to add.</param>
    /// <param name="arguments">Its arguments.</param>
    public static MemwallProcess Start(IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments)
    {
        // A shell starts background jobs with SIGINT ignored, and children inherit that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT,QUIT", "dotnet", "exec", s_assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new MemwallProcess(start);
    }

    /// <summary>Waits for its end; false where it has not ended by then.</summary>
    public async Task<bool> EndsAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Append(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
            _said.AppendLine(line.Data);
    }

    [GeneratedRegex(@"^(?:.*: )?trial (\d+): ", RegexOptions.Multiline)]
    private static partial Regex TrialLine();
}
