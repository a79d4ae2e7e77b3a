using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Cli.Views;

/// <summary>The progress of systems that run in turn: the step among those of all, what the system in turn does, and the time
/// left.</summary>
internal sealed class SystemsProgress
{
    private readonly List<(string Name, SweepPlan Plan, ConsoleSweepObserver Observer)> _systems;
    private int? _last;

    /// <param name="systems">The systems, by name, in the order of their turns.</param>
    /// <param name="writeLine">Writes one line.</param>
    public SystemsProgress(IEnumerable<(string Name, SweepPlan Plan)> systems, Action<string> writeLine) =>
        _systems = [.. systems.Select(system => (system.Name, system.Plan,
            new ConsoleSweepObserver(line => writeLine($"{system.Name}: {line}"))))];

    /// <summary>What follows the system of this name.</summary>
    public ISweepObserver GetObserver(string name) => _systems.First(system => system.Name == name).Observer;

    /// <summary>What happens now: a row about all systems, and one about the machine where telemetry is on. None before the first system
    /// begins.</summary>
    /// <param name="width">Columns of a row.</param>
    public IReadOnlyList<string> DescribeNow(int width)
    {
        // Between two turns no system is active, and the one before is still shown.
        if (_systems.FindIndex(system => system.Observer.IsActive) is >= 0 and var active)
            _last = active;
        if (_last is not { } last)
            return [];
        var system = _systems[last];
        // What does not fit is left out from the end, and the time left is worth more than the rate.
        string?[] parts = [FormatPosition(), EstimateSecondsLeft() is { } left ? SweepProgress.FormatTimeLeft(left) : null, system.Name,
            .. system.Observer.DescribeStep()];
        string[] rows = [TerminalRow.JoinToWidth(parts.OfType<string>(), " · ", width), system.Observer.DescribeMachine(width)];
        return [.. rows.Where(row => row.Length > 0)];
    }

    private string FormatPosition()
    {
        var work = _systems.Select(system => (Planned: PlanSteps(system.Plan).Count, Known: system.Observer.GetWork())).ToList();
        // A step counts from its beginning, so that the last one is step n of n.
        return $"step {work.Sum(entry => entry.Known?.StepNumber ?? 0)} of {work.Sum(entry => entry.Known?.Steps ?? entry.Planned)}";
    }

    // Systems differ in speed, so each has a rate of its own as soon as it has finished a step; until then it counts as the others.
    private double? EstimateSecondsLeft()
    {
        var work = _systems.Select(system => (system.Plan, Known: system.Observer.GetWork())).ToList();
        var (done, seconds) = (work.Sum(entry => entry.Known?.WorkDone ?? 0), work.Sum(entry => entry.Known?.SecondsDone ?? 0));
        return done <= 0 ? null : work.Sum(entry => EstimateSecondsLeft(entry.Plan, entry.Known, seconds / done));
    }

    private static double EstimateSecondsLeft(SweepPlan plan, SweepWork? known, double secondsPerWork) => known is { } work
        ? Math.Max(0, work.WorkLeft * (work.WorkDone > 0 ? work.SecondsDone / work.WorkDone : secondsPerWork) - work.SecondsInStep)
        : PlanSteps(plan).Sum(WorkEstimate.OfStep) * secondsPerWork;

    private static IReadOnlyList<SweepStep> PlanSteps(SweepPlan plan) => StepPlanner.PlanSteps(plan);
}
