using MemoryWall.Facts;
using MemoryWall.Sweeps;
using MemoryWall.Time;

namespace MemoryWall.Cli.Views;

/// <summary>Where a sweep is, kept up by its marks and read by whoever draws it. Safe for use from many threads.</summary>
internal sealed class SweepProgress
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly RunClock _clock = RunClock.Start();
    private int _steps;
    private int _number;
    private SweepStep? _step;
    private Phase _phase;
    private Instant _stepStarted;
    private StreamMark? _batch;
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
            (_step, _number, _phase, _stepStarted) = (step, number, Phase.Load, _clock.Now);
            (_batch, _prefillRate, _tokens, _firstToken) = (null, null, 0, null);
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
                if (_batch is { } before && mark.Arrived.Since(before.Arrived) > TimeSpan.Zero)
                    _prefillRate = (mark.Tokens - before.Tokens) / mark.Arrived.Since(before.Arrived).TotalSeconds;
                // A pass goes on with its prompt after each answer.
                (_batch, _phase, _tokens, _firstToken) = (mark, Phase.Prefill, 0, null);
                return;
            }
            _batch = null;
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
            _workDone += Work(_step);
            _secondsDone += _clock.Now.Since(_stepStarted).TotalSeconds;
        }
    }

    /// <summary>One line: step k of n, context, phase, rate now, time left, as much of it as fits.</summary>
    public string Describe(IReadOnlyList<SweepStep> upcoming, int width)
    {
        lock (_gate)
            return _step is null ? "preparing" : Fitting.Join(Parts(_step, upcoming), " · ", width);
    }

    private IEnumerable<string> Parts(SweepStep step, IReadOnlyList<SweepStep> upcoming)
    {
        yield return _number > _steps ? Text($"step {_number}") : Text($"step {_number} of {_steps}");
        yield return Text($"{step.ContextTokens:#,0} tokens{(step.IsWarmup ? " (warm-up)" : "")}{(step.Concurrency > 1 ? $" × {step.Concurrency} streams" : "")}");
        yield return _phase.ToString().ToLowerInvariant();
        // Streams that run at once report each for itself; one share or rate for all of them would be made up.
        if (_phase == Phase.Prefill && step.Concurrency == 1 && _batch?.Tokens is { } done)
            yield return Text($"{100.0 * done / step.ContextTokens:0}%");
        if (_phase == Phase.Prefill && step.Concurrency == 1 && _prefillRate is { } prefill)
            yield return Text($"{prefill:#,0} tokens/s");
        if (_phase == Phase.Generation && _firstToken is { } first && _lastToken.Since(first) > s_shortest)
            yield return Text($"{(_tokens - 1) / _lastToken.Since(first).TotalSeconds:#,0.#} tokens/s");
        // A search decides its steps as it goes: there is nothing to foretell.
        if (_workDone > 0 && _number <= _steps)
            yield return Left(_secondsDone / _workDone * (upcoming.Sum(Work) + Work(step)) - _clock.Now.Since(_stepStarted).TotalSeconds);
    }

    // Attention makes a token's cost grow with what lies before it; on small models the growth sets in at some thousand tokens.
    // Only the time left is guessed from it.
    private static double Work(SweepStep step) => step.Concurrency * (step.ContextTokens * (1 + step.ContextTokens / 8192.0) + 2048);

    private static string Left(double seconds) => seconds switch
    {
        < 1 => "nearly done",
        < 90 => Text($"about {seconds:0} s left"),
        < 5400 => Text($"about {seconds / 60:0} min left"),
        _ => Text($"about {seconds / 3600:0.0} h left"),
    };

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
