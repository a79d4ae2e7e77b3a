using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>The real program as a child process with its own folder for runs.</summary>
internal sealed class Memwall : IDisposable
{
    /// <summary>A model that computes a thousand tokens almost at once.</summary>
    public const string Tiny = "embedded:layers=2,embd=128,heads=4,kv=2,ff=256,vocab=2048,ctx=65536";

    /// <summary>A slow model, which leaves time to interfere.</summary>
    public const string Slow = "embedded:layers=12,embd=512,heads=8,kv=4,ff=2048,vocab=2048,ctx=65536";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private Memwall(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>What the process reads, where its standard input was redirected.</summary>
    public StreamWriter Input => _process.StandardInput;

    public string Output => Text(_output);

    public string Error => Text(_error);

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

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

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

    /// <summary>Waits until the standard error or a file of the run contains this text.</summary>
    public async Task WaitForAsync(Func<bool> holds)
    {
        var started = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(started.Elapsed < s_patience, $"waited in vain; standard error:\n{Error}");
            Assert.False(_process.HasExited, $"ended with {(_process.HasExited ? _process.ExitCode : 0)}; standard error:\n{Error}");
            await Task.Delay(50);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        TestedProgram.Report("memwall", Error);
        _process.Dispose();
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is not null)
            lock (to)
                to.AppendLine(line);
    }

    private static string Text(StringBuilder from)
    {
        lock (from)
            return from.ToString();
    }
}
