using System.Diagnostics;
using System.Text;

namespace MemoryWall.Tests;

/// <summary>How tests start a program of this project, wait for it, and how a failing test shows what it printed.</summary>
internal static class TestedProgram
{
    /// <summary>After how long a program that does not end, or does not do what a test waits for, is taken to hang: the longest takes half
    /// a minute on a quiet machine. A run of all tests still ends in time to say so.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private const int MaxCharacters = 8_000;

    // A shell starts background jobs with SIGINT ignored, and their child processes inherit that: Ctrl-C would never arrive.
    private static readonly Lazy<bool> s_canReset = new(() =>
    {
        if (!OperatingSystem.IsLinux())
            return false;
        using var process = Process.Start(
            new ProcessStartInfo("env", ["--default-signal=INT,QUIT", "true"]) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    });

    /// <summary>Starts an assembly with default signals where the system can, else with those of the tests.</summary>
    /// <param name="assembly">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProcessStartInfo Start(string assembly, IEnumerable<string> arguments) => s_canReset.Value
        ? new ProcessStartInfo("env", ["--default-signal=INT,QUIT", "dotnet", "exec", assembly, .. arguments])
        : new ProcessStartInfo("dotnet", ["exec", assembly, .. arguments]);

    /// <summary>Waits for the end of a program and its outputs, and returns its exit code.</summary>
    /// <param name="process">The program.</param>
    /// <param name="printed">What it printed so far, for the report of a program that hangs.</param>
    public static async Task<int> ExitAsync(Process process, Func<string> printed)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"the program did not end within {Patience}; it printed:\n{Shorten(printed())}");
        }
        return process.ExitCode;
    }

    /// <summary>Waits until a condition holds; fails where the program ends before.</summary>
    /// <param name="process">The program.</param>
    /// <param name="holds">The condition.</param>
    /// <param name="printed">What the program printed so far.</param>
    public static async Task WaitForAsync(Process process, Func<bool> holds, Func<string> printed)
    {
        var started = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(started.Elapsed < Patience, $"waited in vain for {Patience}; the program printed:\n{Shorten(printed())}");
            // What it wrote last may be what the test waits for.
            Assert.True(!process.HasExited || holds(),
                $"ended with {(process.HasExited ? process.ExitCode : 0)}; the program printed:\n{Shorten(printed())}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Keeps what a program said for the report of a test that fails.</summary>
    public static void Report(string name, string said)
    {
        if (said.Length > 0)
            TestContext.Current.TestOutputHelper?.WriteLine($"{name} wrote to standard error:\n{Shorten(said)}");
    }

    private static string Shorten(string printed) => printed[Math.Max(0, printed.Length - MaxCharacters)..];
}

/// <summary>What a program prints to one of its streams, while it runs.</summary>
internal sealed class Printed
{
    private readonly StringBuilder _text = new();

    public void Add(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
            lock (_text)
                _text.AppendLine(line.Data);
    }

    public override string ToString()
    {
        lock (_text)
            return _text.ToString();
    }
}
