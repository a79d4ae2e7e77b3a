using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Facts;
using MemoryWall.Notebooks.Views;

namespace MemoryWall.Notebooks.Live;

/// <summary>A sweep at one moment, for people: progress, rates, memory and load, and the trials that are done.</summary>
internal static class LiveView
{
    private const int Width = 20;

    public static View Of(LiveState state)
    {
        var view = new View().Line(Progress(state));
        if (state.Ending is null && state.Machine is { } machine && Load(machine) is { Rows.Count: > 0 } load)
            view.Table(load);
        if (state.Trials.Count > 0)
            view.Table(TrialsView.Table(state.Trials));
        if (state.RunId is { } id)
            view.Line($"run {id}; what is measured is on disk: Sweep.ResumeAsync(\"{id}\") goes on after an interruption{(state.LastEvent is { } last ? $" · {last}" : "")}");
        return view;
    }

    private static string Progress(LiveState state)
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
            $"{Bar((state.Number - 1.0) / Math.Max(1, state.Steps))} step {state.Number} of {state.Steps}",
            $"{Say.Tokens(step.ContextTokens)} tokens{(step.IsWarmup ? " (warm-up)" : "")}{(step.Concurrency > 1 ? $" × {step.Concurrency} streams" : "")}",
            state.Phase.ToString().ToLowerInvariant(),
            state.Phase == Phase.Prefill && state.PromptDone is { } done ? Say.Percent((double)done / step.ContextTokens) : null,
            state.Phase == Phase.Generation ? $"{state.OutputDone} tokens" : null,
            state.Rate is { } rate ? Say.Rate(rate) : null,
        ];
        return string.Join(" · ", parts.OfType<string>());
    }

    // Tiers and load as bars; what is not known has no row.
    private static TextTable Load(MachineSnapshot now)
    {
        var rows = new List<IReadOnlyList<string>>();
        void Add(string name, double? share, string value)
        {
            if (share is { } known && double.IsFinite(known))
                rows.Add([name, Bar(known), value]);
        }
        Add("tier 1, accelerator memory", now.GpuMemoryUsedBytes / now.GpuMemoryTotalBytes, $"{Say.Bytes(now.GpuMemoryUsedBytes)} of {Say.Bytes(now.GpuMemoryTotalBytes)}");
        Add("tier 2, RAM in use", 1 - now.MemoryAvailableBytes / now.MemoryTotalBytes, $"{Say.Bytes(now.MemoryTotalBytes - now.MemoryAvailableBytes)} of {Say.Bytes(now.MemoryTotalBytes)}");
        Add("server's part of it", (now.ServerAnonBytes + now.ServerFileBytes) / now.MemoryTotalBytes, $"{Say.Bytes(now.ServerAnonBytes)} own, {Say.Bytes(now.ServerFileBytes)} mapped");
        if (now.CgroupLimitBytes is < 1L << 60)
            Add("cap", now.CgroupBytes / now.CgroupLimitBytes, $"{Say.Bytes(now.CgroupBytes)} of {Say.Bytes(now.CgroupLimitBytes)}");
        if (now.ServerSwapBytes is > 0)
            Add("server swapped out", now.ServerSwapBytes / now.MemoryTotalBytes, Say.Bytes(now.ServerSwapBytes));
        Add("tier 3, disk busy", now.DiskBusy, $"{Say.Bytes(now.DiskReadBytesPerSecond)}/s read");
        Add("processors", now.BusyCores / now.LogicalCores, $"{Say.Number(now.BusyCores)} cores, server {Say.Number(now.ServerCores)}");
        Add("accelerator", now.GpuUtilization, Say.Percent(now.GpuUtilization));
        return new TextTable([new("now", IsNumber: false), new("", IsNumber: false), new("", IsNumber: false)], rows);
    }

    private static string Describe(Sweeps.SweepEnding ending) => ending switch
    {
        Sweeps.SweepEnding.Completed => "done",
        Sweeps.SweepEnding.SomeTrialsFailed => "done, with failures",
        Sweeps.SweepEnding.Cancelled => "stopped",
        Sweeps.SweepEnding.PreflightFailed => "cannot run as asked",
        _ => "could not be stored",
    };

    private static string Bar(double share)
    {
        var full = (int)Math.Round(Math.Clamp(share, 0, 1) * Width);
        return new string('█', full) + new string('░', Width - full);
    }
}
