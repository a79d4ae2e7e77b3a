using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Live;

/// <summary>A running sweep: progress, rates, memory, load, and the finished trials.</summary>
internal static class LiveView
{
    private const int Width = 20;

    /// <summary>One sweep, or several systems that run in turn.</summary>
    public static View Create(IReadOnlyList<(string Name, LiveState State)> systems)
    {
        var view = new View();
        foreach (var (name, state) in systems)
            Add(name.Length > 0 ? view.AddHeading(name) : view, state);
        return view;
    }

    public static View Create(LiveState state) => Add(new View(), state);

    private static View Add(View view, LiveState state)
    {
        view.AddLine(DescribeProgress(state));
        if (state.Ending is null && state.Machine is { } machine && MachineLoadTable.Create(machine) is { Rows.Count: > 0 } load)
            view.AddTable(load);
        if (state.Trials.Count > 0)
            view.AddTable(TrialTable.Create(state.Trials, withNumbers: true));
        if (state.RunId is { } id)
            view.AddLine($"run {id}; finished trials are on disk. To continue after an interruption: Sweep.ResumeAsync(\"{id}\")"
                + (state.LastEvent is { } last ? $" · {last}" : ""));
        return view;
    }

    private static string DescribeProgress(LiveState state)
    {
        if (state.Ending is { } ending)
        {
            var measured = state.Trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
            return $"{Describe(ending)}: {measured.Count(view => view.Trial.Outcome.IsCompleted)} of {measured.Count} trials completed";
        }
        if (state.Preparing is { } preparing)
            return preparing;
        if (state.Step is not { } step)
            return "starting";
        string?[] parts =
        [
            $"{Bar((state.StepNumber - 1.0) / Math.Max(1, state.StepCount))} step {state.StepNumber} of {state.StepCount}",
            $"{NumberFormat.Tokens(step.ContextTokens)} tokens{(step.IsWarmup ? " (warm-up)" : "")}"
                + (step.Concurrency > 1 ? $" × {step.Concurrency} streams" : ""),
            state.Phase.ToString().ToLowerInvariant(),
            state.Phase == Phase.Prefill && state.PromptTokensDone is { } done
                ? NumberFormat.Percent((double)done / step.ContextTokens)
                : null,
            state.Phase == Phase.Generation ? $"{state.OutputTokensDone} tokens" : null,
            state.Rate is { } rate ? NumberFormat.Rate(rate) : null,
        ];
        return string.Join(" · ", parts.OfType<string>());
    }

    private static string Describe(MemoryWall.Sweeps.SweepEnding ending) => ending switch
    {
        MemoryWall.Sweeps.SweepEnding.Completed => "done",
        MemoryWall.Sweeps.SweepEnding.SomeTrialsFailed => "done, with failures",
        MemoryWall.Sweeps.SweepEnding.Cancelled => "stopped",
        MemoryWall.Sweeps.SweepEnding.PreflightFailed => "cannot run; see the error below",
        _ => "the run could not be stored",
    };

    private static string Bar(double share) => BarFormat.Format(share, Width);
}
