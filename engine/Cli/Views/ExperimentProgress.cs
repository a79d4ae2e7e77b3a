using MemoryWall.Experiments;
using MemoryWall.Experiments.Execution;
using MemoryWall.Experiments.State;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Cli.Views;

/// <summary>The progress of an experiment on this machine: the cell among all, how many are done and failed, the time left, and what the
/// cell does.</summary>
/// <param name="plan">The experiment.</param>
/// <param name="done">The cells that have a result before the start.</param>
/// <param name="eta">Estimates the time of cells.</param>
/// <param name="writeLine">Writes one line.</param>
internal sealed class ExperimentProgress(ExperimentPlan plan, IReadOnlySet<int> done, ExperimentEta eta, Action<string> writeLine)
    : IExperimentObserver
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _done = [.. done];
    private readonly HashSet<int> _failed = [];
    private (ExperimentCell Cell, ConsoleSweepObserver Observer, long Since)? _now;

    public ISweepObserver CellStarted(ExperimentCell cell)
    {
        var prefix = ExperimentPhrases.DescribePosition(cell.Number, plan.Cells.Count);
        writeLine($"{prefix}: {ExperimentPhrases.DescribeValues(cell)}");
        var observer = new ConsoleSweepObserver(line => writeLine($"{prefix}: {line}"));
        lock (_gate)
            _now = (cell, observer, TimeProvider.System.GetTimestamp());
        return observer;
    }

    public void CellEnded(ExperimentCell cell, AttemptEnd end)
    {
        lock (_gate)
        {
            eta.Add(cell, end);
            (end.IsResult || end.Outcome == AttemptOutcome.AlreadyMeasured ? _done : _failed).Add(cell.Number);
        }
        writeLine(ExperimentPhrases.DescribeEnd(cell, end));
    }

    /// <summary>What happens now: a row about all cells, one about this cell, and one about the machine where telemetry is on.</summary>
    /// <param name="width">Columns of a row.</param>
    public IReadOnlyList<string> DescribeNow(int width)
    {
        lock (_gate)
        {
            if (_now is not { } now)
                return [];
            string?[] parts =
            [
                ExperimentPhrases.DescribePosition(now.Cell.Number, plan.Cells.Count),
                ExperimentPhrases.DescribeCounts(_done.Count, _failed.Count),
                EstimateSecondsLeft(now.Cell, now.Since) is { } left ? SweepProgress.FormatTimeLeft(left) : null,
                ExperimentPhrases.DescribeValues(now.Cell),
            ];
            return [TerminalRow.JoinToWidth(parts.OfType<string>(), " · ", width), .. now.Observer.DescribeNow(width)];
        }
    }

    private double? EstimateSecondsLeft(ExperimentCell cell, long since)
    {
        var later = plan.Cells.Where(other => other.Number != cell.Number)
            .Where(other => !_done.Contains(other.Number) && !_failed.Contains(other.Number));
        return eta.Estimate(cell) is { } own && eta.Estimate(later) is { } rest
            ? Math.Max(0, own - TimeProvider.System.GetElapsedTime(since).TotalSeconds) + rest
            : null;
    }
}
