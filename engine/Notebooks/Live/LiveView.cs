using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Notebooks.Live;

/// <summary>A running sweep: progress, rates, memory, load, and the finished trials.</summary>
internal static class LiveView
{
    private const int Width = 20;

    public static View Create(LiveState state)
    {
        var view = new View().AddLine(DescribeProgress(state));
        if (state.Ending is null && state.Machine is { } machine && CreateLoadTable(machine) is { Rows.Count: > 0 } load)
            view.AddTable(load);
        if (state.Trials.Count > 0)
            view.AddTable(TrialsView.CreateTable(state.Trials));
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

    // Memory tiers and load as bars. An unknown value has no row.
    private static TextTable CreateLoadTable(MachineSnapshot now)
    {
        var rows = new List<IReadOnlyList<string>>();
        void Add(string name, double? share, string value)
        {
            if (share is { } known && double.IsFinite(known))
                rows.Add([name, Bar(known), value]);
        }
        Add("tier 1, accelerator memory", now.GpuMemoryUsedBytes / now.GpuMemoryTotalBytes,
            $"{NumberFormat.Bytes(now.GpuMemoryUsedBytes)} of {NumberFormat.Bytes(now.GpuMemoryTotalBytes)}");
        Add("tier 2, RAM used", 1 - now.MemoryAvailableBytes / now.MemoryTotalBytes,
            $"{NumberFormat.Bytes(now.MemoryTotalBytes - now.MemoryAvailableBytes)} of {NumberFormat.Bytes(now.MemoryTotalBytes)}");
        Add("RAM used by the server", (now.ServerAnonBytes + now.ServerFileBytes) / now.MemoryTotalBytes,
            $"{NumberFormat.Bytes(now.ServerAnonBytes)} anonymous, {NumberFormat.Bytes(now.ServerFileBytes)} mapped files");
        if (now.CgroupLimitBytes is < 1L << 60)
            Add("memory limit", now.CgroupBytes / now.CgroupLimitBytes,
                $"{NumberFormat.Bytes(now.CgroupBytes)} of {NumberFormat.Bytes(now.CgroupLimitBytes)}");
        if (now.ServerSwapBytes is > 0)
            Add("server memory in swap", now.ServerSwapBytes / now.MemoryTotalBytes, NumberFormat.Bytes(now.ServerSwapBytes));
        Add("tier 3, disk busy", now.DiskBusy, $"{NumberFormat.Bytes(now.DiskReadBytesPerSecond)}/s read");
        Add("processors", now.BusyCores / now.LogicalCores,
            $"{NumberFormat.Number(now.BusyCores)} cores, server {NumberFormat.Number(now.ServerCores)}");
        Add("accelerator", now.GpuUtilization, NumberFormat.Percent(now.GpuUtilization));
        return new TextTable([new("now", IsNumber: false), new("", IsNumber: false), new("", IsNumber: false)], rows);
    }

    private static string Describe(MemoryWall.Sweeps.SweepEnding ending) => ending switch
    {
        MemoryWall.Sweeps.SweepEnding.Completed => "done",
        MemoryWall.Sweeps.SweepEnding.SomeTrialsFailed => "done, with failures",
        MemoryWall.Sweeps.SweepEnding.Cancelled => "stopped",
        MemoryWall.Sweeps.SweepEnding.PreflightFailed => "cannot run; see the error below",
        _ => "the run could not be stored",
    };

    private static string Bar(double share)
    {
        var full = (int)Math.Round(Math.Clamp(share, 0, 1) * Width);
        return new string('█', full) + new string('░', Width - full);
    }
}
