using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks;

/// <summary>A sweep that is extended from cell to cell.</summary>
public sealed class GrowingSweep
{
    private readonly string _target;
    private readonly int _outputTokens;
    private readonly int _repetitions;
    private readonly string? _folder;
    private readonly List<Run> _runs = [];
    private bool _hasLooked;

    internal GrowingSweep(string target, int outputTokens, int repetitions, string? folder, bool measureAgain) =>
        (_target, _outputTokens, _repetitions, _folder, _hasLooked) = (target, outputTokens, repetitions, folder, measureAgain);

    /// <summary>Everything measured so far, as one run.</summary>
    /// <exception cref="InvalidOperationException">Nothing has been measured yet.</exception>
    public Run Run =>
        _runs.Count > 0
            ? Runs.Combine([.. _runs])
            : throw new InvalidOperationException("nothing has been measured yet; call MeasureAsync first");

    /// <summary>Measures the contexts that are still missing, stores them as a run of their own, and returns everything measured so
    /// far.</summary>
    /// <param name="contexts">Contexts: <c>2k,8k</c> or <c>2k..32k*2</c>.</param>
    /// <param name="cancellation">Stops the sweep; finished trials stay on disk.</param>
    /// <exception cref="SweepException">Preflight rejected the sweep, or it could not be stored.</exception>
    public async Task<Run> MeasureAsync(string contexts, CancellationToken cancellation = default)
    {
        var plan = Sweep.CreatePlan(_target, contexts, _outputTokens, _repetitions);
        if (!_hasLooked)
        {
            // After a restart of the kernel, what was measured is on disk.
            _runs.AddRange(CellMeasurement.FindAtAnyContexts(plan, new CellRequest(_folder)));
            _hasLooked = true;
        }
        // A context with fewer completed trials than repetitions is measured again.
        var known = _runs.SelectMany(run => run.Trials).Where(trial => trial.Outcome.IsCompleted && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(trial => trial.ContextTokens).Where(trials => trials.Count() >= _repetitions).Select(trials => trials.Key).ToHashSet();
        var left = plan.Contexts.Where(context => !known.Contains(context.Value)).ToList();
        if (left.Count > 0)
            _runs.Add(await Sweep.RunAsync(plan with { Contexts = left },
                new NotebookSweepOptions { RunsFolder = _folder, MeasureAgain = true }, cancellation).ConfigureAwait(false));
        return Run;
    }
}
