using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Reporting.Formats;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Cli.Views;

/// <summary>Writes a line for each event of a sweep, and describes what happens now.</summary>
/// <param name="writeLine">Writes one line.</param>
internal sealed class ConsoleSweepObserver(Action<string> writeLine) : ISweepObserver
{
    private readonly SweepProgress _progress = new();
    private IReadOnlyList<SweepStep> _upcoming = [];
    private int _streamsLeft;
    private string? _preparing;
    private bool _isStarted;
    private Sampler? _sampler;

    /// <summary>What happens now: a row about the sweep, and one about the machine where telemetry is on.</summary>
    /// <param name="width">Columns of a row.</param>
    public IReadOnlyList<string> DescribeNow(int width) => _preparing is { } preparing
        ? [TerminalRow.JoinToWidth([preparing], "", width)]
        : [.. new[] { _progress.Describe(_upcoming, width), DescribeMachine(width) }.Where(row => row.Length > 0)];

    /// <summary>Whether the sweep prepares or measures at this moment, and does not wait for its turn.</summary>
    public bool IsActive => _preparing is not null || _streamsLeft > 0;

    /// <summary>What the sweep does now, without its position among the steps.</summary>
    public IReadOnlyList<string> DescribeStep() => _preparing is { } preparing ? [preparing] : _progress.DescribeStep();

    /// <summary>The row about the machine; empty where telemetry is off.</summary>
    /// <param name="width">Columns of a row.</param>
    public string DescribeMachine(int width) => MachineStatusLine.Format(_sampler, width);

    /// <summary>How much is done and left; null before the steps are known.</summary>
    public SweepWork? GetWork() => _isStarted ? _progress.GetWork(_upcoming) : null;

    public void Preparing(string message)
    {
        _preparing = message;
        writeLine(message);
    }

    public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps)
    {
        _preparing = null;
        _upcoming = steps;
        _isStarted = true;
        _progress.Start(steps.Count);
        writeLine($"run {manifest.RunId} in {directory}");
        foreach (var note in manifest.Notes)
            writeLine($"note: {note}");
    }

    public void SamplerStarted(Sampler sampler) => _sampler = sampler;

    public void StepStarted(SweepStep step, int number)
    {
        _upcoming = _upcoming.Count > 0 ? [.. _upcoming.Skip(1)] : _upcoming;
        _streamsLeft = step.TrialCount;
        _progress.StepStarted(step, number);
    }

    public void PhaseStarted(Phase phase) => _progress.PhaseStarted(phase);

    public void MarkReceived(StreamMark mark) => _progress.Marked(mark);

    public void TrialEnded(Trial trial)
    {
        if (--_streamsLeft == 0)
            _progress.StepEnded();
        writeLine(TrialLogLine.Format(trial));
    }

    public void EventLogged(RunEvent runEvent) => writeLine($"{FormatKind(runEvent.Kind)}: {runEvent.Message}");

    // The stored kind says "sampled", which means something else to readers who know language models.
    private static string FormatKind(string kind) => kind == "sampled" ? "telemetry" : WordFormat.Words(kind);
}
