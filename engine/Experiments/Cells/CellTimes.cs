using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Statistics;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Experiments.Cells;

/// <summary>
/// Estimates how long cells take, from what runs of the same model took: seconds per unit of a step's estimated work. Models that were not
/// measured are scaled by their parameters. Nothing is estimated before a run is known.
/// </summary>
internal sealed class CellTimes
{
    // Older runs show another state of the machine.
    private const int MaxRuns = 40;

    private readonly List<Sample> _samples = [];

    private readonly record struct Sample(string Target, long? Parameters, double SecondsPerWork);

    /// <summary>The estimate from the newest stored runs of a machine.</summary>
    /// <param name="store">The stored runs.</param>
    /// <param name="machine">The machine.</param>
    /// <exception cref="StoreException">The folder of the runs cannot be read.</exception>
    public static CellTimes FromRuns(RunStore store, MachineFacts machine)
    {
        var times = new CellTimes();
        foreach (var id in store.ListRunIds().Take(MaxRuns))
            times.AddRun(store, id, machine);
        return times;
    }

    /// <summary>Adds a cell that was measured from its beginning to its end.</summary>
    /// <param name="plan">What it measured.</param>
    /// <param name="parameters">The parameters of its model; null where unknown.</param>
    /// <param name="seconds">How long it took.</param>
    public void Add(SweepPlan plan, long? parameters, double seconds)
    {
        if (ComputeWork(plan) is > 0 and var work && seconds > 0)
            _samples.Add(new Sample(plan.Target, parameters, seconds / work));
    }

    /// <summary>How long a plan takes, in seconds; null where nothing like it was measured.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="parameters">The parameters of its model; null where unknown.</param>
    public double? Estimate(SweepPlan plan, long? parameters)
    {
        var same = _samples.Where(sample => sample.Target == plan.Target).Select(sample => sample.SecondsPerWork).ToList();
        if (same.Count > 0)
            return Quantiles.Median(same) * ComputeWork(plan);
        var scaled = _samples.Where(sample => sample.Parameters is > 0 && parameters is > 0)
            .Select(sample => sample.SecondsPerWork * parameters!.Value / sample.Parameters!.Value).ToList();
        return scaled.Count > 0 ? Quantiles.Median(scaled) * ComputeWork(plan) : null;
    }

    private void AddRun(RunStore store, string id, MachineFacts machine)
    {
        try
        {
            var run = store.Read(id, withMarks: false);
            var (manifest, events) = (run.Manifest, run.Events);
            if (manifest.Machine.CpuModel != machine.CpuModel || manifest.Machine.AvailableCores != machine.AvailableCores
                || manifest.Plan.Wall is not null || events.Any(entry => entry.Kind == RunEvents.Resumed))
                return;
            var started = events.FirstOrDefault(entry => entry.Kind == RunEvents.Started);
            var ended = events.LastOrDefault(entry => entry is { Kind: RunEvents.Ended, Message: nameof(SweepEnding.Completed) });
            if (started is not null && ended is not null)
                Add(manifest.Plan, manifest.Target.Shape?.ParameterCount, ended.At.Since(started.At).TotalSeconds);
        }
        catch (StoreException)
        {
            // A damaged run tells no time.
        }
    }

    private static double ComputeWork(SweepPlan plan) => StepPlanner.PlanSteps(plan).Sum(WorkEstimate.OfStep);
}
