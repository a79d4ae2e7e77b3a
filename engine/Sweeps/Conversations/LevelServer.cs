using System.Threading.Channels;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Prompts;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Sweeps.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>
/// Sends the requests of one level to the target, and makes a trial of each as soon as it has ended. A target that fails is restarted for
/// the next request, whose conversation it then computes again. Safe for use from several threads.
/// </summary>
internal sealed class LevelServer : IDisposable
{
    // A server that does not come back several times in a row does not come back.
    private const int MaxFailedLoads = 3;

    private readonly TrialEnvironment _environment;
    private readonly LevelContext _level;
    private readonly ChannelWriter<MeasuredTrial> _trials;
    private readonly SemaphoreSlim _loading = new(1);
    private readonly Lock _gate = new();
    private Instant _started;
    private LoadReport? _load;
    private bool _isLoadReported;
    private bool _isAfterRestart;
    private int _failedLoads;
    private int _number;

    /// <param name="environment">What all trials of the run share.</param>
    /// <param name="level">The level.</param>
    /// <param name="load">The load with which it begins.</param>
    /// <param name="trials">Receives each trial.</param>
    public LevelServer(TrialEnvironment environment, LevelContext level, LoadReport load, ChannelWriter<MeasuredTrial> trials)
    {
        (_environment, _level, _trials, _number) = (environment, level, trials, level.FirstNumber);
        _load = load.Outcome.IsCompleted ? load : null;
        _failedLoads = load.Outcome.IsCompleted ? 0 : 1;
        LastLoad = load;
        _isAfterRestart = level.AfterRestart;
        _started = environment.Clock.Now;
    }

    /// <summary>Time since the level began.</summary>
    public TimeSpan Elapsed => _environment.Clock.Now.Since(_started);

    private LoadReport LastLoad { get; set; }

    /// <summary>Begins the level's time anew, after its warm-ups.</summary>
    public void RestartClock() => _started = _environment.Clock.Now;

    /// <summary>Sends a request and waits for the end of its answer.</summary>
    /// <returns>What was observed; null where it was not sent.</returns>
    public async Task<InferenceReport?> SendAsync(TurnRequest turn, CancellationToken cancellation)
    {
        var (load, problem) = await EnsureLoadedAsync(cancellation).ConfigureAwait(false);
        var request = CreateRequest(turn) with { Problem = problem, AfterRestart = TakeRestart() };
        var isSent = problem is null && load.Outcome.IsCompleted;
        var (trial, report) = isSent
            ? await InferAsync(turn, request, load, cancellation).ConfigureAwait(false)
            : (TrialBuilder.Build(request, load, report: null) with { Session = CreateTurn(turn, report: null) }, null);
        if (trial.Outcome is TargetDied or OutOfMemory)
            Forget(load);
        Store(_level.Sessions.IsOneAtATime ? trial with { Flags = trial.Flags & ~TrialFlags.Concurrent } : trial, report);
        return trial.Outcome.IsCompleted ? report : null;
    }

    /// <summary>Sends a prompt that belongs to no conversation, so that the first turn does not pay for a target that has just
    /// started.</summary>
    public async Task WarmUpAsync(Prompt prompt, int outputTokens, CancellationToken cancellation)
    {
        if (_load is not { } load)
            return;
        var request = new TrialRequest
        {
            Step = new SweepStep(prompt.TokenCount, Repetition: 0, Concurrency: 1),
            Number = 1,
            OutputTokens = outputTokens,
            WindowTokens = _level.WindowTokens,
            PromptAs = prompt.TokenIds is null ? PromptForm.Text : PromptForm.Ids,
            Prompt = prompt,
            AfterRestart = TakeRestart(),
        };
        var report = await _environment.Session.Target.InferAsync(
            new InferenceRequest(prompt, request.WindowTokens, outputTokens, _environment.Plan.Limits), live: null, cancellation)
            .ConfigureAwait(false);
        var trial = TrialBuilder.Build(request, load, report);
        trial = trial with { Outcome = await _environment.Session.RefineOutcomeAsync(trial.Outcome).ConfigureAwait(false) };
        if (trial.Outcome is TargetDied or OutOfMemory)
            Forget(load);
        Store(trial, report);
    }

    public void Dispose() => _loading.Dispose();

    private async Task<(Trial Trial, InferenceReport? Report)> InferAsync(TurnRequest turn, TrialRequest request, LoadReport load,
        CancellationToken cancellation)
    {
        var probes = TrialProbes.Create(_environment.Session, _environment.Sampler, isAlone: _level.Sessions.IsOneAtATime);
        probes.BeforeLoad();
        await probes.BeforeRequestsAsync(cancellation).ConfigureAwait(false);
        _environment.Observer.PhaseStarted(Phase.Prefill);
        var answer = await _environment.Session.Target.InferAsync(CreateInference(request), OnMark, cancellation).ConfigureAwait(false);
        var report = (await probes.AfterRequestsAsync([answer], cancellation).ConfigureAwait(false))[0];
        var trial = TrialBuilder.Build(request, load, report) with { Session = CreateTurn(turn, report) };
        return ((await probes.CompleteAsync([trial]).ConfigureAwait(false))[0], report);

        void OnMark(StreamMark mark)
        {
            probes.OnMark(mark);
            _environment.Observer.MarkReceived(mark);
        }
    }

    // One request restarts a server that several have lost, and the others wait for it.
    private async Task<(LoadReport Load, Outcome? Problem)> EnsureLoadedAsync(CancellationToken cancellation)
    {
        await _loading.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_load is { } loaded)
                return (loaded, null);
            if (_failedLoads >= MaxFailedLoads)
                return (LastLoad, new Refused(null, FormattableString.Invariant(
                    $"not sent: the target could not be loaded {MaxFailedLoads} times in a row: {LastLoad.Outcome.Detail}")));
            if (await _level.Restart(cancellation).ConfigureAwait(false) is { } restart)
            {
                _isAfterRestart = true;
                if (restart.Problem is { } problem)
                {
                    _failedLoads++;
                    LastLoad = LastLoad with { Outcome = problem };
                    return (LastLoad, problem);
                }
            }
            _environment.Observer.PhaseStarted(Phase.Load);
            LastLoad = await _environment.LoadAsync(_level.WindowTokens, cancellation).ConfigureAwait(false);
            if (LastLoad.Outcome.IsCompleted)
                (_load, _failedLoads, _isLoadReported) = (LastLoad, 0, false);
            else
                _failedLoads++;
            return (LastLoad, null);
        }
        finally
        {
            _loading.Release();
        }
    }

    private bool TakeRestart()
    {
        lock (_gate)
        {
            var isFirst = _isAfterRestart;
            _isAfterRestart = false;
            return isFirst;
        }
    }

    // Requests that were on their way when it died fail later, when it may be back.
    private void Forget(LoadReport load)
    {
        lock (_gate)
        {
            if (_load == load)
                _load = null;
        }
    }

    private void Store(Trial trial, InferenceReport? report)
    {
        lock (_gate)
        {
            _environment.Notes.Add(report?.Notes ?? []);
            trial = trial with { Number = _number++ };
            // The load belongs to the first trial after it.
            if (_isLoadReported)
                trial = trial with { Client = trial.Client with { LoadStarted = null, Load = null } };
            _isLoadReported = true;
            _trials.TryWrite(new MeasuredTrial(trial, report?.Marks ?? []));
        }
    }

    private TrialRequest CreateRequest(TurnRequest turn) => new()
    {
        Step = new SweepStep(turn.Prompt.Prompt.TokenCount, _level.Repetition, _level.Users),
        Number = 1,
        Stream = turn.User,
        OutputTokens = turn.OutputTokens,
        WindowTokens = _level.WindowTokens,
        PromptAs = turn.Prompt.Prompt.TokenIds is null ? PromptForm.Text : PromptForm.Ids,
        Prompt = turn.Prompt.Prompt,
        WarmPrefix = turn.Prompt.KnownTokens > 0,
        Method = SweepMethod.Session,
        CountToleranceTokens = turn.Prompt.IsExact
            ? 0
            : (int)(ReviewRules.Default.Trials.MaxConversationMiscountShare * turn.Prompt.Prompt.TokenCount),
    };

    private InferenceRequest CreateInference(TrialRequest request) =>
        new(request.Prompt!, request.WindowTokens, request.OutputTokens, _environment.Plan.Limits, WarmPrefix: true)
        {
            KeepsConversation = true,
            IsGreedy = _level.Sessions.IsVerified,
        };

    private SessionTurn CreateTurn(TurnRequest turn, InferenceReport? report)
    {
        var answer = report is { Outcome.IsCompleted: true } ? report.AnswerText : null;
        return new SessionTurn
        {
            Users = _level.Users,
            User = turn.User,
            Turn = turn.Turn,
            KnownTokens = turn.Prompt.KnownTokens,
            Due = turn.Due,
            Queue = report?.Conversation?.Queue ?? report?.Server.Queue,
            RamTokens = report?.Conversation?.RamTokens,
            RamBytes = report?.Conversation?.RamBytes,
            RamTime = report?.Conversation?.RamTime,
            Evictions = report?.Conversation?.Evictions,
            SavedBytes = report?.Conversation?.SavedBytes,
            AnswerSha256 = answer is null ? null : AnswerPieces.ComputeSha256(answer),
            AnswerUnit = answer is null ? null : report!.AnswerTokens is null ? AnswerUnit.Word : AnswerUnit.Token,
            AnswerPieces = answer is null ? null : AnswerPieces.Format(answer, report!.AnswerTokens),
            Needle = turn.Prompt.Needle?.Number,
            NeedleDepth = turn.Prompt.Needle?.Depth,
            IsNeedleFound = answer is null || turn.Prompt.Needle is not { } needle ? null : NeedleTexts.IsIn(answer, needle.Number),
        };
    }
}
