using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Facts;
using MemoryWall.Sweeps;
using MemoryWall.Telemetry;

namespace MemoryWall.Notebooks.Live;

/// <summary>Follows a sweep. Reports come on its threads, <see cref="Now"/> is asked from another.</summary>
internal sealed class LiveSweep : ISweepObserver
{
    // A second and a half at 100 Hz.
    private const int Rows = 150;
    private readonly Lock _gate = new();
    private LiveState _state = new() { Preparing = "preparing" };
    private StreamMark? _lastReport;
    private StreamMark? _firstToken;
    private Sampler? _sampler;

    public LiveState Now()
    {
        lock (_gate)
        {
            return _state with { Machine = _sampler is null ? null : MachineSnapshot.FromSamples(_sampler.Schema, _sampler.Latest(Rows)) };
        }
    }

    public void Preparing(string message) => Change(state => state with { Preparing = message });

    public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps) =>
        Change(state => state with { Preparing = null, RunId = manifest.RunId, Steps = steps.Count });

    public void SamplerStarted(Sampler sampler) => Change(state =>
    {
        _sampler = sampler;
        return state;
    });

    public void StepStarted(SweepStep step, int number) => Change(state =>
    {
        (_lastReport, _firstToken) = (null, null);
        return state with { Step = step, Number = number, Phase = Phase.Load, PromptDone = null, Rate = null, OutputDone = 0 };
    });

    public void PhaseStarted(Phase phase) => Change(state => state with { Phase = phase, Rate = null });

    public void MarkReceived(StreamMark mark) => Change(state => mark.Kind == MarkKind.Prefill ? Prefill(state, mark) : Generation(state, mark));

    public void TrialEnded(Trial trial) => Change(state => state with { Trials = [.. state.Trials, TrialView.Create(trial)] });

    public void EventLogged(RunEvent runEvent) => Change(state => state with { LastEvent = runEvent.Message });

    private LiveState Prefill(LiveState state, StreamMark mark)
    {
        var rate = _lastReport is { } before && mark.Arrived.Since(before.Arrived) > TimeSpan.Zero
            ? (mark.Tokens - before.Tokens) / mark.Arrived.Since(before.Arrived).TotalSeconds : state.Rate;
        _lastReport = mark;
        // Streams that run at once report each for itself: one share for all of them would be made up.
        return state.Step?.Concurrency == 1 ? state with { PromptDone = mark.Tokens, Rate = rate } : state;
    }

    private LiveState Generation(LiveState state, StreamMark mark)
    {
        _firstToken ??= mark;
        var (tokens, since) = (state.OutputDone + (mark.Tokens ?? 1), mark.Arrived.Since(_firstToken.Value.Arrived).TotalSeconds);
        return state with { Phase = Phase.Generation, OutputDone = tokens, Rate = since > 0.05 ? (tokens - 1) / since : null };
    }

    private void Change(Func<LiveState, LiveState> change)
    {
        lock (_gate)
            _state = change(_state);
    }
}
