using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Live;
using MemoryWall.Runs;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks;

/// <summary>Sweeps started from a cell. They run in compiled code; the cell only waits and shows.</summary>
public static class Sweep
{
    /// <summary>Runs a sweep and shows it while it runs. Everything measured is on disk at once: a cell or kernel that is stopped loses at
    /// most the trial in flight.</summary>
    /// <param name="target">The target, as on the command line: <c>embedded</c>, <c>embedded:1b</c>,
    /// <c>ollama://localhost:11434/llama3.2</c>, …</param>
    /// <param name="contexts">Contexts: <c>2k,8k</c> or <c>2k..32k*2</c>.</param>
    /// <param name="outputTokens">Output tokens of each trial, 2 or more.</param>
    /// <param name="repetitions">Trials at each context.</param>
    /// <param name="kvType">Element type of the KV cache; null to leave it to the target.</param>
    /// <param name="flashAttention"><c>on</c>, <c>off</c>, <c>auto</c>; null to leave it to the target.</param>
    /// <param name="runs">The folder of the runs; null for <c>data/runs</c>.</param>
    /// <param name="cancellation">Stops it; what was measured is stored.</param>
    /// <exception cref="SweepException">Preflight found that it cannot run as asked, or it could not be stored.</exception>
    public static Task<Run> RunAsync(
        string target = "embedded", string contexts = "2k,8k", int outputTokens = 64, int repetitions = 1, string? kvType = null,
        string? flashAttention = null,
        string? runs = null, CancellationToken cancellation = default) =>
        RunAsync(CreatePlan(target, contexts, outputTokens, repetitions, kvType, flashAttention), runs, cancellation);

    /// <summary>Runs a plan and shows it while it runs.</summary>
    /// <exception cref="SweepException">Preflight found that it cannot run as asked, or it could not be stored.</exception>
    public static Task<Run> RunAsync(SweepPlan plan, string? runs = null, CancellationToken cancellation = default) =>
        RunLiveAsync(runs, (settings, observer, stopped) => Sweeper.RunAsync(plan, settings, observer, stopped), cancellation);

    /// <summary>Finishes what is missing of a run that was stopped, by its own plan, and shows it.</summary>
    /// <param name="runId">The run's id or a beginning of it.</param>
    /// <param name="runs">The folder of the runs; null for <c>data/runs</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="SweepException">Preflight found that it cannot go on, or it could not be stored.</exception>
    /// <exception cref="StoreException">There is no such run.</exception>
    public static Task<Run> ResumeAsync(string runId, string? runs = null, CancellationToken cancellation = default) =>
        RunLiveAsync(runs, (settings, observer, stopped) => Sweeper.ResumeAsync(runId, settings, observer, stopped), cancellation);

    /// <summary>A sweep that grows: each call of <see cref="GrowingSweep.MeasureAsync"/> adds the contexts that are not measured
    /// yet.</summary>
    public static GrowingSweep On(string target = "embedded", int outputTokens = 64, int repetitions = 1, string? runs = null) =>
        new(target, outputTokens, repetitions, runs);

    internal static SweepPlan CreatePlan(string target, string contexts, int outputTokens, int repetitions, string? kvType,
        string? flashAttention) => new()
        {
            Target = target,
            Contexts = ContextList.Parse(contexts),
            OutputTokens = outputTokens,
            Repetitions = repetitions,
            Options = new TargetOptions { KvType = kvType, FlashAttention = flashAttention },
        };

    private static async Task<Run> RunLiveAsync(string? runs,
        Func<SweepSettings, ISweepObserver, CancellationToken, Task<SweepResult>> sweep, CancellationToken cancellation)
    {
        SetServerFolder();
        // A cell that is stopped ends its sweep as Ctrl-C does: the trial in flight is stored as cancelled.
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellation, InteractiveKernelBridge.CellCancellation);
        var folder = runs is null ? Checkout.Runs : Path.GetFullPath(runs);
        var result = await LiveDisplay.ShowAsync(observer => sweep(new SweepSettings { RunsDirectory = folder }, observer, stopped.Token))
            .ConfigureAwait(false);
        return result.RunId is { } id && result.Ending is not (SweepEnding.PreflightFailed or SweepEnding.StoreFailed)
            ? Runs.ReadAndRegister(new RunStore(folder), id)
            : throw new SweepException(result);
    }

    // A kernel's own folder is not this library's, beside which the embedded server lies.
    private static void SetServerFolder()
    {
        var server = Path.Combine(Checkout.LibraryFolder, "llama-server");
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(LlamaServerVariable)) && Directory.Exists(server))
            Environment.SetEnvironmentVariable(LlamaServerVariable, server);
    }

    private const string LlamaServerVariable = "MEMWALL_LLAMA_SERVER";
}

/// <summary>A sweep that gave no run.</summary>
public sealed class SweepException : Exception
{
    internal SweepException(SweepResult result)
        : base(result.Problem
            ?? "the sweep cannot run as asked: "
                + string.Join("; ", result.Findings.Where(finding => finding.StopsTheRun).Select(finding => finding.ToString()))) =>
                    Result = result;

    /// <summary>What it gave instead.</summary>
    public SweepResult Result { get; }
}

/// <summary>A sweep that grows from cell to cell.</summary>
public sealed class GrowingSweep
{
    private readonly string _target;
    private readonly int _outputTokens;
    private readonly int _repetitions;
    private readonly string? _folder;
    private readonly List<Run> _runs = [];

    internal GrowingSweep(string target, int outputTokens, int repetitions, string? folder) =>
        (_target, _outputTokens, _repetitions, _folder) = (target, outputTokens, repetitions, folder);

    /// <summary>All that was measured, as one run.</summary>
    /// <exception cref="InvalidOperationException">Nothing was measured yet.</exception>
    public Run Run =>
        _runs.Count > 0
            ? Runs.Combine([.. _runs])
            : throw new InvalidOperationException("nothing is measured yet; call MeasureAsync first");

    /// <summary>Measures the contexts of the list that are not measured yet, as a run of its own on disk, and gives everything so
    /// far.</summary>
    /// <param name="contexts">Contexts, as for a sweep.</param>
    /// <param name="cancellation">Stops it; what was measured is stored.</param>
    /// <exception cref="SweepException">Preflight found that it cannot run as asked, or it could not be stored.</exception>
    public async Task<Run> MeasureAsync(string contexts, CancellationToken cancellation = default)
    {
        var plan = Sweep.CreatePlan(_target, contexts, _outputTokens, _repetitions, null, null);
        // A context whose repetitions were interrupted is measured again.
        var known = _runs.SelectMany(run => run.Trials).Where(trial => trial.Outcome.IsCompleted && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(trial => trial.ContextTokens).Where(trials => trials.Count() >= _repetitions).Select(trials => trials.Key).ToHashSet();
        var left = plan.Contexts.Where(context => !known.Contains(context.Value)).ToList();
        if (left.Count > 0)
            _runs.Add(await Sweep.RunAsync(plan with { Contexts = left }, _folder, cancellation).ConfigureAwait(false));
        return Run;
    }
}
