using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>The real program as a child process with its own folder for runs.</summary>
internal sealed class Memwall : IDisposable
{
    /// <summary>A model that computes a thousand tokens almost at once.</summary>
    public const string Tiny = "embedded:layers=2,embd=128,heads=4,kv=2,ff=256,vocab=2048,ctx=65536";

    /// <summary>A slow model, which leaves time to interfere.</summary>
    public const string Slow = "embedded:layers=12,embd=512,heads=8,kv=4,ff=2048,vocab=2048,ctx=65536";

    private readonly Process _process;
    private readonly Printed _output = new();
    private readonly Printed _error = new();

    private Memwall(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _process.OutputDataReceived += _output.Add;
        _process.ErrorDataReceived += _error.Add;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>What the process reads, where its standard input was redirected.</summary>
    public StreamWriter Input => _process.StandardInput;

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public JsonNode Json => JsonNode.Parse(Output)!;

    public static Memwall Start(params string[] args) => Start(args, _ => { });

    public static Memwall Start(string[] args, Action<ProcessStartInfo> change)
    {
        var start = TestedProgram.Start(Path.Combine(AppContext.BaseDirectory, "memwall.dll"), args);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        change(start);
        return new Memwall(start);
    }

    public static async Task<Memwall> RunAsync(params string[] args)
    {
        var memwall = Start(args);
        await memwall.ExitAsync();
        return memwall;
    }

    public Task<int> ExitAsync() => TestedProgram.ExitAsync(_process, () => Output + Error);

    public int ExitCode => _process.ExitCode;

    public void Kill() => _process.Kill();

    public void Interrupt() => ProcessTree.Signal("INT", Id);

    /// <summary>The process that this process started and that ends with it: the embedded server, or what runs a notebook
    /// (Linux).</summary>
    public Process Child() => Open(ProcessTree.FindServer(Id));

    /// <summary>The shell that cleans up after this process made a cap or a swap file (Linux).</summary>
    public Process Guardian() => Open(ProcessTree.FindGuardian(Id));

    private static Process Open(int? id) =>
        Process.GetProcessById(id ?? throw new InvalidOperationException("the program has no such process"));

    /// <summary>Waits until a condition holds, of what the program printed or wrote.</summary>
    public Task WaitForAsync(Func<bool> holds) => TestedProgram.WaitForAsync(_process, holds, () => Output + Error);

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        TestedProgram.Report("memwall", Error);
        _process.Dispose();
    }
}
