using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Runs.Files;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks;

/// <summary>Starts sweeps from a cell. They run in compiled code; the cell only waits and shows the progress.</summary>
public static class Sweep
{
    /// <summary>Runs a sweep and shows its progress. Each trial is written to disk when it ends; after the cell or the kernel was stopped,
    /// the same call finds the run again and finishes it.</summary>
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
    /// <param name="trust">Whether a run that another user began is continued, although its plan reads files or contacts a
    /// server.</param>
    /// <exception cref="SweepException">Preflight rejected the sweep, or it could not be stored.</exception>
    /// <exception cref="StoreException">The run does not exist.</exception>
    public static Task<Run> ResumeAsync(string runId, string? runs = null, CancellationToken cancellation = default, bool trust = false) =>
        CellMeasurement.RunAsync(new CellRequest(runs), (settings, observer, stopped) =>
            Sweeper.ResumeAsync(runId, settings with { TrustsStoredPlan = trust }, observer, stopped), cancellation);

    /// <summary>A sweep that can be extended: each call of <see cref="GrowingSweep.MeasureAsync"/> measures the contexts that are still
    /// missing.</summary>
    /// <param name="target">The target, as for
    /// <see cref="RunAsync(string, string, int, int, NotebookSweepOptions?, CancellationToken)"/>.</param>
    /// <param name="outputTokens">Output tokens of each trial, 2 or more.</param>
    /// <param name="repetitions">Trials at each context.</param>
    /// <param name="runs">The folder of the runs; null for <c>data/runs</c>.</param>
    /// <param name="measureAgain">Whether to measure contexts again that are on disk, from the last 24 hours and of the same plan. Default:
    /// those are used, as after a restart of the kernel.</param>
    public static GrowingSweep On(string target = TargetKind.Embedded, int outputTokens = 64, int repetitions = 1, string? runs = null,
        bool measureAgain = false) =>
        new(target, outputTokens, repetitions, runs, measureAgain);

    internal static Task<Run> RunAsync(SweepPlan plan, NotebookSweepOptions? options, CancellationToken cancellation) =>
        CellMeasurement.RunOrFindAsync(plan, (options ?? new NotebookSweepOptions()).Request, cancellation);

    internal static SweepPlan CreatePlan(string target, string contexts, int outputTokens, int repetitions,
        NotebookSweepOptions? options = null) => new()
        {
            Target = target,
            Contexts = ContextList.Parse(contexts),
            OutputTokens = outputTokens,
            Repetitions = repetitions,
            PromptAs = PromptForms.Parse(options?.PromptAs),
            Options = new TargetOptions { KvType = options?.KvType, FlashAttention = options?.FlashAttention },
        };
}
