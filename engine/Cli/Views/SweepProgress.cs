using System.Globalization;
using MemoryWall.Facts;
using MemoryWall.Sweeps;
using MemoryWall.Time;

namespace MemoryWall.Cli.Views;

/// <summary>Where a sweep is, kept up by its marks and read by whoever draws it. Safe for use from many threads.</summary>
internal sealed class SweepProgress
{
    private readonly Lock _gate = new();
    private readonly RunClock _clock = RunClock.Start();
    private int _steps;
    private int _number;
    private PlannedTrial? _step;
    private Phase _phase;
    private Instant _stepStarted;
    private Instant? _firstMark;
    private int _prefillDone;
    private int _chunks;
    private Instant? _firstChunk;
    private Instant _lastArrival;
    private double _workDone;
    private double _secondsDone;
    private readonly List<double> _workLeft = [];

    public void Start(int steps)
    {
        lock (_gate)
            _steps = steps;
    }

    public void StepStarted(PlannedTrial step, int number)
    {
        lock (_gate)
        {
            (_step, _number, _phase, _stepStarted) = (step, number, Phase.Load, _clock.Now);
            (_firstMark, _firstChunk, _prefillDone, _chunks) = (null, null, 0, 0);
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
            _lastArrival = mark.Arrived;
            if (mark.Kind == MarkKind.Prefill)
            {
                _firstMark ??= mark.Arrived;
                _prefillDone = mark.Tokens ?? _prefillDone;
                return;
            }
            _phase = Phase.Generation;
            _firstChunk ??= mark.Arrived;
            _chunks += mark.Tokens ?? 1;
        }
    }

    public void StepEnded()
    {
        lock (_gate)
        {
            if (_step is null)
                return;
            _workDone += Work(_step);
            _secondsDone += _clock.Now.Since(_stepStarted).TotalSeconds;
        }
    }

    /// <summary>One line: step k of n, context, phase, rate now, time left.</summary>
    public string Describe(IReadOnlyList<PlannedTrial> upcoming)
    {
        lock (_gate)
        {
            if (_step is null)
                return "preparing";
            var parts = new List<string>
            {
                string.Create(CultureInfo.InvariantCulture, $"step {_number} of {_steps}"),
                string.Create(CultureInfo.InvariantCulture, $"{_step.ContextTokens:#,0} tokens{(_step.IsWarmup ? " (warm-up)" : "")}"),
                _phase.ToString().ToLowerInvariant(),
            };
            if (_phase == Phase.Prefill && _prefillDone > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{100.0 * _prefillDone / _step.ContextTokens:0}%"));
            if (_phase == Phase.Generation && _firstChunk is { } first && _lastArrival.Since(first).TotalSeconds is var span and > 0.05)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{(_chunks - 1) / span:0.#} tokens/s"));
            if (_workDone > 0)
            {
                var left = upcoming.Sum(Work) + Work(_step);
                var seconds = Math.Max(0, _secondsDone / _workDone * left - _clock.Now.Since(_stepStarted).TotalSeconds);
                parts.Add("about " + Duration(seconds) + " left");
            }
            return string.Join(" · ", parts);
        }
    }

    // Attention makes a token's cost grow with what lies before it; on small models the growth sets in at some thousand tokens.
    // Only the time left is guessed from it.
    private static double Work(PlannedTrial step) => step.Concurrency * (step.ContextTokens * (1 + step.ContextTokens / 8192.0) + 2048);

    private static string Duration(double seconds) => seconds switch
    {
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };
}
