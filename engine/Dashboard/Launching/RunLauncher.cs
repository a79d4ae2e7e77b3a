using System.ComponentModel;
using System.Diagnostics;

namespace MemoryWall.Dashboard.Launching;

/// <summary>Starts runs with the command line itself, so that a plan is checked by the same rules and with the same words.</summary>
/// <param name="program">The command line's program; null where no run can be started.</param>
/// <param name="runsFolder">The folder of the runs.</param>
/// <param name="stopper">Asks commands to stop; null for the way of this system.</param>
internal sealed class RunLauncher(string? program, string runsFolder, IRunStopper? stopper = null) : IAsyncDisposable
{
    private static readonly TimeSpan s_checkTimeout = TimeSpan.FromSeconds(30);

    private const int MaxKept = 20;
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(20);

    // A run that has not ended by then got no signal of the terminal.
    private static readonly TimeSpan s_signalledTimeout = TimeSpan.FromSeconds(10);

    private readonly IRunStopper _stopper = stopper ?? RunStopper.ForThisSystem;
    private readonly List<StartedRun> _started = [];
    private readonly Lock _gate = new();
    private int _lastId;
    private volatile bool _expectsEnd;

    /// <summary>Whether runs can be started.</summary>
    public bool CanStart => program is not null;

    /// <summary>The commands that were started, the newest first.</summary>
    public IReadOnlyList<StartedRun> Started
    {
        get
        {
            lock (_gate)
                return [.. Enumerable.Reverse(_started)];
        }
    }

    /// <summary>The command line of a form, as a user would write it.</summary>
    /// <exception cref="FormatException">The form names no command.</exception>
    public string Describe(RunForm form) => CommandLineText.Format(CreateArguments(form));

    /// <summary>Starts a command.</summary>
    /// <exception cref="FormatException">The form names no command, or a command runs already: two would disturb each other.</exception>
    public StartedRun Start(RunForm form)
    {
        var arguments = CreateArguments(form);
        lock (_gate)
        {
            RefuseWhileActive();
            if (program is null)
                throw new FormatException("this dashboard was started without the command line, so it starts no runs");
            var run = new StartedRun(++_lastId, CommandLineText.Format(arguments), StartProcess(program, arguments), _stopper);
            _started.Add(run);
            if (_started.Count > MaxKept)
                _started.RemoveAt(0);
            return run;
        }
    }

    /// <summary>Lets the command line judge a form without starting anything.</summary>
    /// <returns>What is wrong, in its words; null where nothing is, or where it cannot be asked.</returns>
    /// <exception cref="FormatException">The form names no command, or a command runs already, which this check would disturb.</exception>
    public async Task<string?> CheckAsync(RunForm form)
    {
        var arguments = CreateArguments(form);
        lock (_gate)
            RefuseWhileActive();
        if (program is null)
            return null;
        using var process = StartProcess(program, [.. arguments, "--dry-run"]);
        using var limit = new CancellationTokenSource(s_checkTimeout);
        try
        {
            process.StandardInput.Close();
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            await output.ConfigureAwait(false);
            var words = (await errors.ConfigureAwait(false)).Trim();
            return process.ExitCode == 0 ? null
                : words.Length > 0 ? words
                : FormattableString.Invariant($"the command line refuses it with exit code {process.ExitCode}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return null;
        }
    }

    /// <summary>Stops a command as Ctrl-C does.</summary>
    /// <returns>Whether there is such a command.</returns>
    public bool Stop(int id)
    {
        var run = Started.FirstOrDefault(run => run.Id == id);
        run?.Stop();
        return run is not null;
    }

    /// <summary>The terminal stops the runs itself, which is waited for at the end.</summary>
    public void ExpectEnd() => _expectsEnd = true;

    /// <summary>Stops what still runs, and waits until it has stored its last trial.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_expectsEnd)
            await WaitForAllAsync(s_signalledTimeout).ConfigureAwait(false);
        foreach (var run in Started)
            run.Stop();
        await WaitForAllAsync(s_stopTimeout).ConfigureAwait(false);
        foreach (var run in Started)
        {
            // Where it has no signal of a terminal nothing else would end it.
            if (OperatingSystem.IsWindows())
                run.Kill();
            run.Dispose();
        }
    }

    private void RefuseWhileActive()
    {
        if (_started.Exists(run => run.ExitCode is null))
            throw new FormatException("a run that was started here is not over; stop it first: two would disturb each other");
    }

    private async Task WaitForAllAsync(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        foreach (var run in Started)
            await run.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private IReadOnlyList<string> CreateArguments(RunForm form) => [.. form.ToArguments(), $"--runs={runsFolder}"];

    // The program that runs the dashboard, which is not always on the path.
    private static string FindDotnet() =>
        Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    private Process StartProcess(string path, IReadOnlyList<string> arguments)
    {
        var isAssembly = path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(isAssembly ? FindDotnet() : path)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (isAssembly)
        {
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(path);
        }
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        _stopper.Prepare(start);
        try
        {
            return Process.Start(start) ?? throw new FormatException($"'{path}' did not start");
        }
        catch (Win32Exception error)
        {
            throw new FormatException($"'{start.FileName}' did not start: {error.Message}", error);
        }
    }
}
