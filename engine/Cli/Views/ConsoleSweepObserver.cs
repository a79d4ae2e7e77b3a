using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps;

namespace MemoryWall.Cli.Views;

/// <summary>
/// Tells people what a sweep does: plain lines for what has happened and, through <see cref="SweepProgress"/>, what happens now.
/// </summary>
internal sealed class ConsoleSweepObserver(Action<string> writeLine) : ISweepObserver
{
    private IReadOnlyList<SweepStep> _upcoming = [];
    private int _streamsLeft;
    private string? _preparing;
    private Sampler? _sampler;

    public SweepProgress Progress { get; } = new();

    /// <summary>What happens now: the sweep, and the machine on a row of its own where it is watched.</summary>
    /// <param name="width">Columns of a row.</param>
    public IReadOnlyList<string> DescribeNow(int width) => _preparing is { } preparing
        ? [TerminalRow.JoinToWidth([preparing], "", width)]
        : [.. new[] { Progress.Describe(_upcoming, width), MachineStatusLine.Format(_sampler, width) }.Where(row => row.Length > 0)];

    public void Preparing(string message)
    {
        _preparing = message;
        writeLine(message);
    }

    public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps)
    {
        _preparing = null;
        _upcoming = steps;
        Progress.Start(steps.Count);
        writeLine($"run {manifest.RunId} in {directory}");
        foreach (var note in manifest.Notes)
            writeLine($"note: {note}");
    }

    public void SamplerStarted(Sampler sampler) => _sampler = sampler;

    public void StepStarted(SweepStep step, int number)
    {
        _upcoming = _upcoming.Count > 0 ? [.. _upcoming.Skip(1)] : _upcoming;
        _streamsLeft = step.TrialCount;
        Progress.StepStarted(step, number);
    }

    public void PhaseStarted(Phase phase) => Progress.PhaseStarted(phase);

    public void MarkReceived(StreamMark mark) => Progress.Marked(mark);

    public void TrialEnded(Trial trial)
    {
        if (--_streamsLeft == 0)
            Progress.StepEnded();
        writeLine(TrialLogLine.Format(trial));
    }

    public void EventLogged(RunEvent runEvent) => writeLine($"{runEvent.Kind.Replace('_', ' ')}: {runEvent.Message}");
}
