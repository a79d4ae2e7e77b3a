using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Live;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks;

/// <summary>Starts sweeps from a cell. They run in compiled code; the cell only waits and shows the progress.</summary>
public static class Sweep
{
    private const string LlamaServerVariable = "MEMWALL_LLAMA_SERVER";

    /// <summary>Runs a sweep and shows its progress. Each trial is written to disk when it ends, so stopping the cell or the kernel loses
    /// at most the trial that is running.</summary>
    /// <param name="target">The target, as on the command line: <c>embedded</c>, <c>embedded:1b</c>,
    /// <c>ollama://localhost:11434/llama3.2</c>, …</param>
    /// <param name="contexts">Contexts: <c>2k,8k</c> or <c>2k..32k*2</c>.</param>
    /// <param name="outputTokens">Output tokens of each trial, 2 or more.</param>
    /// <param name="repetitions">Trials at each context.</param>
    /// <param name="options">Further options; null for the target's defaults and the folder <c>data/runs</c>.</param>
    /// <param name="cancellation">Stops the sweep; finished trials stay on disk.</param>
    /// <exception cref="SweepException">Preflight rejected the sweep, or it could not be stored.</exception>
    public static Task<Run> RunAsync(string target = TargetKind.Embedded, string contexts = "2k,8k", int outputTokens = 64,
        int repetitions = 1,
        NotebookSweepOptions? options = null, CancellationToken cancellation = default) =>
        RunAsync(CreatePlan(target, contexts, outputTokens, repetitions, options), options, cancellation);

    /// <summary>Measures what is missing in a run that was stopped, with the plan of that run, and shows the progress.</summary>
    /// <param name="runId">The run's id or its beginning.</param>
    /// <param name="runs">The folder of the runs; null for <c>data/runs</c>.</param>
    /// <param name="cancellation">Stops the sweep; finished trials stay on disk.</param>
    /// <exception cref="SweepException">Preflight rejected the sweep, or it could not be stored.</exception>
    /// <exception cref="StoreException">The run does not exist.</exception>
    public static Task<Run> ResumeAsync(string runId, string? runs = null, CancellationToken cancellation = default) =>
        RunLiveAsync(runs, (settings, observer, stopped) => Sweeper.ResumeAsync(runId, settings, observer, stopped), cancellation);

    /// <summary>A sweep that can be extended: each call of <see cref="GrowingSweep.MeasureAsync"/> measures the contexts that are still
    /// missing.</summary>
    /// <param name="target">The target, as for
    /// <see cref="RunAsync(string, string, int, int, NotebookSweepOptions?, CancellationToken)"/>.</param>
    /// <param name="outputTokens">Output tokens of each trial, 2 or more.</param>
    /// <param name="repetitions">Trials at each context.</param>
    /// <param name="runs">The folder of the runs; null for <c>data/runs</c>.</param>
    public static GrowingSweep On(string target = TargetKind.Embedded, int outputTokens = 64, int repetitions = 1, string? runs = null) =>
        new(target, outputTokens, repetitions, runs);

    internal static Task<Run> RunAsync(SweepPlan plan, NotebookSweepOptions? options, CancellationToken cancellation) =>
        RunLiveAsync(options?.RunsFolder, (settings, observer, stopped) => Sweeper.RunAsync(plan, settings with
        {
            Label = RunLabel.ParseLabel(options?.Label),
            Note = RunLabel.ParseNote(options?.Note),
        }, observer, stopped), cancellation);

    internal static SweepPlan CreatePlan(string target, string contexts, int outputTokens, int repetitions,
        NotebookSweepOptions? options = null) => new()
        {
            Target = target,
            Contexts = ContextList.Parse(contexts),
            OutputTokens = outputTokens,
            Repetitions = repetitions,
            Options = new TargetOptions { KvType = options?.KvType, FlashAttention = options?.FlashAttention },
        };

    private static async Task<Run> RunLiveAsync(string? runs,
        Func<SweepSettings, ISweepObserver, CancellationToken, Task<SweepResult>> sweep, CancellationToken cancellation)
    {
        SetServerFolder();
        // Stopping the cell ends the sweep like Ctrl-C: the running trial is stored as cancelled.
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellation, InteractiveKernelBridge.CellCancellation);
        var folder = runs is null ? NotebookFolders.Runs : Path.GetFullPath(runs);
        var result = await LiveDisplay.ShowAsync(observer => sweep(new SweepSettings { RunsDirectory = folder }, observer, stopped.Token))
            .ConfigureAwait(false);
        return result.RunId is { } id && result.Ending is not (SweepEnding.PreflightFailed or SweepEnding.StoreFailed)
            ? Runs.ReadAndRegister(new RunStore(folder), id)
            : throw new SweepException(result);
    }

    // The embedded server is next to this library, and the kernel runs in another folder.
    private static void SetServerFolder()
    {
        var server = Path.Combine(NotebookFolders.LibraryFolder, "llama-server");
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(LlamaServerVariable)) && Directory.Exists(server))
            Environment.SetEnvironmentVariable(LlamaServerVariable, server);
    }
}
