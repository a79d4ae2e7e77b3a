using MemoryWall.Analysis.Live;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Live;

/// <summary>
/// Follows a sweep and describes it at any moment. A view in the process that measures (a notebook cell) reads <see cref="Read"/>; other
/// processes read the file that <see cref="LivePublisher"/> writes from it. The sweep calls it from its own threads, and it keeps a few
/// numbers for each mark: a feed is made only when somebody reads it.
/// </summary>
/// <param name="clock">The run's clock; null for a view that got no clock, which then estimates it from the marks' own times.</param>
/// <param name="group">The id that sweeps share which take turns; null for a sweep alone.</param>
internal sealed class LiveTracker(RunClock? clock = null, string? group = null) : ISweepObserver
{
    // A second and a half at the rate of a burst.
    private const int SampleCount = 150;
    private static readonly TimeSpan s_minRateInterval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly List<Trial> _trials = [];
    private RunClock _clock = clock ?? RunClock.Start();
    private RunManifest? _manifest;
    private Sampler? _sampler;
    private IReadOnlyList<SweepStep> _upcoming = [];
    private LiveActivity _activity;
    private SweepStep? _step;
    private int _stepNumber;
    private int _stepCount;
    private int _trialsOfStep;
    private Phase? _phase;
    private Instant _phaseStarted;
    private Instant _stepStarted;
    private Instant? _requestStarted;
    private Instant? _firstToken;
    private Instant _lastToken;
    private StreamMark? _lastReport;
    private double? _prefillRate;
    private int _outputTokens;
    private AllocatedMemory? _allocated;
    private string? _lastEvent;
    private string? _preparing;
    private double _workDone;
    private double _secondsDone;
    private long _beat;

    /// <summary>The manifest of the run; null before it began.</summary>
    public RunManifest? Manifest
    {
        get
        {
            lock (_gate)
                return _manifest;
        }
    }

    /// <summary>The trials that were stored since the start or the resume.</summary>
    public IReadOnlyList<Trial> Trials
    {
        get
        {
            lock (_gate)
                return [.. _trials];
        }
    }

    /// <summary>The last preparation; null once the run has begun.</summary>
    public string? PreparationStep
    {
        get
        {
            lock (_gate)
                return _preparing;
        }
    }

    /// <summary>The sweep now; null before its run began.</summary>
    public LiveFeed? Read()
    {
        lock (_gate)
        {
            if (_manifest is not { } manifest)
                return null;
            var measures = _activity == LiveActivity.Measuring;
            return new LiveFeed
            {
                RunId = manifest.RunId,
                Writer = WriterIdentity.Current,
                Group = group,
                At = _clock.Now,
                Beat = ++_beat,
                Activity = _activity,
                StepNumber = _stepNumber,
                StepCount = Math.Max(_stepCount, _stepNumber),
                Step = _step is { } step ? DescribeStep(step, manifest) : null,
                Phase = measures ? _phase : null,
                PhaseStarted = measures && _phase is not null ? _phaseStarted : null,
                RequestStarted = _requestStarted,
                FirstToken = _firstToken,
                PromptTokens = _step?.Concurrency == 1 ? _lastReport?.Tokens : null,
                OutputTokens = _outputTokens,
                PrefillRate = _step?.Concurrency == 1 ? _prefillRate : null,
                GenerationRate = ComputeGenerationRate(),
                SecondsLeft = EstimateSecondsLeft(),
                Allocated = _allocated,
                Machine = _sampler is { } sampler ? MachineSnapshot.FromSamples(sampler.Schema, sampler.Latest(SampleCount)) : null,
                LastEvent = _lastEvent,
            };
        }
    }

    public void Preparing(string message)
    {
        lock (_gate)
            _preparing = message;
    }

    public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps)
    {
        lock (_gate)
        {
            (_manifest, _upcoming, _stepCount, _preparing) = (manifest, steps, steps.Count, null);
            if (clock is null)
                _clock = RunClock.Resume(manifest.StartedUtc);
        }
    }

    public void SamplerStarted(Sampler sampler)
    {
        lock (_gate)
            _sampler = sampler;
    }

    public void StepStarted(SweepStep step, int stepNumber)
    {
        lock (_gate)
        {
            _upcoming = [.. _upcoming.Skip(1)];
            (_step, _stepNumber, _trialsOfStep, _stepStarted) = (step, stepNumber, 0, _clock.Now);
            (_activity, _phase, _allocated) = (LiveActivity.Measuring, null, null);
            ForgetRequest();
        }
    }

    public void PhaseStarted(Phase phase)
    {
        lock (_gate)
        {
            (_phase, _phaseStarted) = (phase, _clock.Now);
            if (phase != Phase.Prefill)
                return;
            // A pass continues with the prefill of its next context.
            ForgetRequest();
            _requestStarted = _phaseStarted;
        }
    }

    public void ModelLoaded(LoadReport load)
    {
        lock (_gate)
            _allocated = new AllocatedMemory(load.WindowTokens, load.KvBytes, load.ComputeBytes, load.AcceleratorBytes, load.Tier);
    }

    public void WaitingForTurn()
    {
        lock (_gate)
            _activity = LiveActivity.Waiting;
    }

    public void MarkReceived(StreamMark mark)
    {
        lock (_gate)
        {
            if (mark.Kind == MarkKind.Prefill)
            {
                var (before, from) = _lastReport is { } last ? (last.Tokens, last.Arrived) : (FirstPromptToken, _requestStarted);
                if (from is { } start && mark.Arrived.Since(start) > TimeSpan.Zero)
                    _prefillRate = (mark.Tokens - before) / mark.Arrived.Since(start).TotalSeconds;
                _lastReport = mark;
                return;
            }
            if (_firstToken is null)
                (_firstToken, _phase, _phaseStarted) = (mark.Arrived, Phase.Generation, mark.Arrived);
            _lastToken = mark.Arrived;
            _outputTokens += mark.Tokens ?? 1;
        }
    }

    public void TrialEnded(Trial trial)
    {
        lock (_gate)
        {
            _trials.Add(trial);
            if (_step is null || ++_trialsOfStep < _step.TrialCount)
                return;
            _workDone += WorkEstimate.OfStep(_step);
            _secondsDone += _clock.Now.Since(_stepStarted).TotalSeconds;
            (_activity, _phase) = (LiveActivity.Idle, null);
        }
    }

    public void EventLogged(RunEvent runEvent)
    {
        lock (_gate)
            _lastEvent = runEvent.Message;
    }

    // Where a request computes its whole prompt, its first report has a rate since the request.
    private int? FirstPromptToken => _manifest?.Plan is { Method: SweepMethod.Cold, WarmPrefix: false } ? 0 : null;

    private void ForgetRequest()
    {
        (_requestStarted, _firstToken, _lastReport) = (null, null, null);
        (_prefillRate, _outputTokens) = (null, 0);
    }

    private LiveStep DescribeStep(SweepStep step, RunManifest manifest) => new(
        step.IncrementalContexts.Count > 0
            ? step.IncrementalContexts[Math.Min(_trialsOfStep, step.IncrementalContexts.Count - 1)]
            : step.ContextTokens,
        step.Repetition, step.Concurrency, manifest.Plan.OutputTokens);

    // The first token ends prefill, so its time belongs to no token.
    private double? ComputeGenerationRate() =>
        _firstToken is { } first && _lastToken.Since(first) > s_minRateInterval
            ? (_outputTokens - 1) / _lastToken.Since(first).TotalSeconds
            : null;

    // A search decides its steps as it goes, so its time left is unknown. That of a sweep which takes turns is its own part.
    private double? EstimateSecondsLeft()
    {
        if (_workDone <= 0 || _stepNumber > _stepCount
            || _manifest?.Plan is { Wall: not null } or { Crossover: not null } or { Precision: not null }
                or { Sessions.Search: not null })
            return null;
        var upcoming = _secondsDone / _workDone * _upcoming.Sum(WorkEstimate.OfStep);
        var current = _activity == LiveActivity.Measuring && _step is { } step
            ? _secondsDone / _workDone * WorkEstimate.OfStep(step) - _clock.Now.Since(_stepStarted).TotalSeconds
            : 0;
        return Math.Max(0, upcoming + Math.Max(0, current));
    }
}
