using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Notebooks.Live;

/// <summary>Follows a sweep. The sweep calls it from its own threads; another thread reads <see cref="GetState"/>.</summary>
internal sealed class LiveSweepObserver : ISweepObserver
{
    // 1.5 seconds at 100 Hz.
    private const int SampleCount = 150;
    private readonly Lock _gate = new();
    private LiveState _state = new() { Preparing = "preparing" };
    private StreamMark? _lastReport;
    private StreamMark? _firstToken;
    private Sampler? _sampler;

    public LiveState GetState()
    {
        lock (_gate)
        {
            return _state with
            {
                Machine = _sampler is null
                ? null
                : MachineSnapshot.FromSamples(_sampler.Schema, _sampler.Latest(SampleCount))
            };
        }
    }

    public void Preparing(string message) => Update(state => state with { Preparing = message });

    public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps) =>
        Update(state => state with { Preparing = null, RunId = manifest.RunId, StepCount = steps.Count });

    public void SamplerStarted(Sampler sampler) => Update(state =>
    {
        _sampler = sampler;
        return state;
    });

    public void StepStarted(SweepStep step, int number) => Update(state =>
    {
        (_lastReport, _firstToken) = (null, null);
        return state with
        {
            Step = step,
            StepNumber = number,
            Phase = Phase.Load,
            PromptTokensDone = null,
            Rate = null,
            OutputTokensDone = 0
        };
    });

    public void PhaseStarted(Phase phase) => Update(state => state with { Phase = phase, Rate = null });

    public void MarkReceived(StreamMark mark) =>
        Update(state => mark.Kind == MarkKind.Prefill ? ApplyPrefill(state, mark) : ApplyGeneration(state, mark));

    public void TrialEnded(Trial trial) => Update(state => state with
    {
        Trials = TrialReview.Review([.. state.Trials.Select(view => view.Trial), trial]),
    });

    public void EventLogged(RunEvent runEvent) => Update(state => state with { LastEvent = runEvent.Message });

    private LiveState ApplyPrefill(LiveState state, StreamMark mark)
    {
        var rate = _lastReport is { } before && mark.Arrived.Since(before.Arrived) > TimeSpan.Zero
            ? (mark.Tokens - before.Tokens) / mark.Arrived.Since(before.Arrived).TotalSeconds : state.Rate;
        _lastReport = mark;
        // Concurrent streams report their progress separately, so there is no common share to show.
        return state.Step?.Concurrency == 1 ? state with { PromptTokensDone = mark.Tokens, Rate = rate } : state;
    }

    private LiveState ApplyGeneration(LiveState state, StreamMark mark)
    {
        _firstToken ??= mark;
        var (tokens, since) = (state.OutputTokensDone + (mark.Tokens ?? 1), mark.Arrived.Since(_firstToken.Value.Arrived).TotalSeconds);
        return state with { Phase = Phase.Generation, OutputTokensDone = tokens, Rate = since > 0.05 ? (tokens - 1) / since : null };
    }

    private void Update(Func<LiveState, LiveState> change)
    {
        lock (_gate)
            _state = change(_state);
    }
}
