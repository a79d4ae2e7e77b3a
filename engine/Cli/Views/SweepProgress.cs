using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Cli.Views;

/// <summary>How much of a sweep is done and left.</summary>
/// <param name="StepNumber">The step that runs or ran last, from 1; 0 before the first.</param>
/// <param name="Steps">All steps.</param>
/// <param name="WorkDone">The estimated work of the finished steps.</param>
/// <param name="SecondsDone">The time that they took.</param>
/// <param name="WorkLeft">The estimated work of the present step and of those after it.</param>
/// <param name="SecondsInStep">The time that the present step has taken.</param>
internal readonly record struct SweepWork(int StepNumber, int Steps, double WorkDone, double SecondsDone, double WorkLeft,
    double SecondsInStep);

/// <summary>The position and the rates of a running sweep. Safe for use from several threads.</summary>
internal sealed class SweepProgress
{
    private static readonly TimeSpan s_minRateInterval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly RunClock _clock = RunClock.Start();
    private int _steps;
    private int _stepNumber;
    private SweepStep? _step;
    private Phase _phase;
    private Instant _stepStarted;
    private bool _isInStep;
    private StreamMark? _lastPrefillMark;
    private double? _prefillRate;
    private int _tokens;
    private Instant? _firstToken;
    private Instant _lastToken;
    private double _workDone;
    private double _secondsDone;

    public void Start(int steps)
    {
        lock (_gate)
            _steps = steps;
    }

    public void StepStarted(SweepStep step, int number)
    {
        lock (_gate)
        {
            (_step, _stepNumber, _phase, _stepStarted) = (step, number, Phase.Load, _clock.Now);
            (_lastPrefillMark, _prefillRate, _tokens, _firstToken) = (null, null, 0, null);
            _isInStep = true;
        }
    }

    public void PhaseStarted(Phase phase)
    {
        lock (_gate)
            _phase = phase;
    }

    public void Marked(StreamMark mark)
    {
        lock (_gate)
        {
            if (mark.Kind == MarkKind.Prefill)
            {
                if (_lastPrefillMark is { } before && mark.Arrived.Since(before.Arrived) > TimeSpan.Zero)
                    _prefillRate = (mark.Tokens - before.Tokens) / mark.Arrived.Since(before.Arrived).TotalSeconds;
                // An incremental sweep continues its prompt after each answer.
                (_lastPrefillMark, _phase, _tokens, _firstToken) = (mark, Phase.Prefill, 0, null);
                return;
            }
            _lastPrefillMark = null;
            _phase = Phase.Generation;
            _firstToken ??= mark.Arrived;
            _lastToken = mark.Arrived;
            _tokens += mark.Tokens ?? 1;
        }
    }

    public void StepEnded()
    {
        lock (_gate)
        {
            if (_step is null)
                return;
            _isInStep = false;
            _workDone += WorkEstimate.OfStep(_step);
            _secondsDone += _clock.Now.Since(_stepStarted).TotalSeconds;
        }
    }

    /// <summary>One line: step k of n, context, phase, rate and time left, as far as it fits.</summary>
    public string Describe(IReadOnlyList<SweepStep> upcoming, int width)
    {
        lock (_gate)
            return _step is null ? "preparing" : TerminalRow.JoinToWidth(FormatParts(_step, upcoming), " · ", width);
    }

    /// <summary>What the sweep does now, without its position among the steps: context, phase, share and rate. Empty before the first
    /// step.</summary>
    public IReadOnlyList<string> DescribeStep()
    {
        lock (_gate)
            return _step is null ? [] : [.. FormatStep(_step)];
    }

    /// <summary>How much is done and left.</summary>
    /// <param name="upcoming">The steps after the present one.</param>
    public SweepWork GetWork(IReadOnlyList<SweepStep> upcoming)
    {
        lock (_gate)
        {
            var isRunning = _step is not null && _isInStep;
            return new SweepWork(_stepNumber, _steps, _workDone, _secondsDone,
                upcoming.Sum(WorkEstimate.OfStep) + (isRunning ? WorkEstimate.OfStep(_step!) : 0),
                isRunning ? _clock.Now.Since(_stepStarted).TotalSeconds : 0);
        }
    }

    private IEnumerable<string> FormatParts(SweepStep step, IReadOnlyList<SweepStep> upcoming)
    {
        yield return _stepNumber > _steps ? $"step {_stepNumber}" : $"step {_stepNumber} of {_steps}";
        foreach (var part in FormatStep(step))
            yield return part;
        // A search decides its steps as it goes, so the time left is unknown.
        if (_workDone > 0 && _stepNumber <= _steps)
            yield return FormatTimeLeft(
                _secondsDone / _workDone * (upcoming.Sum(WorkEstimate.OfStep) + WorkEstimate.OfStep(step))
                - _clock.Now.Since(_stepStarted).TotalSeconds);
    }

    private IEnumerable<string> FormatStep(SweepStep step)
    {
        var streams = step.Concurrency > 1 ? $" × {step.Concurrency} streams" : "";
        yield return $"{NumberFormat.Tokens(step.ContextTokens)} tokens{(step.IsWarmup ? " (warm-up)" : "")}{streams}";
        yield return _phase.ToString().ToLowerInvariant();
        // Concurrent streams report separately, so there is no share or rate of all.
        if (_phase == Phase.Prefill && step.Concurrency == 1 && _lastPrefillMark?.Tokens is { } done)
            yield return NumberFormat.Percent((double)done / step.ContextTokens);
        if (_phase == Phase.Prefill && step.Concurrency == 1 && _prefillRate is { } prefill)
            yield return NumberFormat.Rate(prefill);
        if (_phase == Phase.Generation && _firstToken is { } first && _lastToken.Since(first) > s_minRateInterval)
            yield return NumberFormat.Rate((_tokens - 1) / _lastToken.Since(first).TotalSeconds);
    }

    /// <summary>The time left, in words.</summary>
    public static string FormatTimeLeft(double seconds) =>
        seconds < 1 ? "nearly done" : $"about {NumberFormat.EstimatedDuration(seconds)} left";
}
