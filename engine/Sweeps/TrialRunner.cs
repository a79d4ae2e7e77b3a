using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Prompts;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps;

/// <summary>Runs one step of a sweep: load at its context, then its streams at once. Whatever happens becomes trials.</summary>
internal sealed class TrialRunner(SweepPlan plan, ITargetSession session, PromptFactory prompts, RunClock clock, ISweepObserver observer)
{
    private readonly HashSet<string> _reportedNotes = [];
    private string? _sharedNonce;
    private Prompt? _savedPrompt;

    /// <summary>What the target did otherwise than asked, in sentences; each is told once a run.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The trials of one step with what arrived in each, in the order of their streams.</summary>
    /// <param name="step">The step.</param>
    /// <param name="firstNumber">The number of its first trial.</param>
    /// <param name="afterRestart">Whether the target was started again since the step before.</param>
    /// <param name="cancellation">The user's wish to stop.</param>
    public async Task<IReadOnlyList<(Trial Trial, IReadOnlyList<StreamMark> Marks)>> RunAsync(
        SweepStep step, int firstNumber, bool afterRestart, CancellationToken cancellation)
    {
        var requests = new List<TrialRequest>();
        for (var stream = 1; stream <= step.Concurrency; stream++)
            requests.Add(await PrepareAsync(step, firstNumber + stream - 1, stream, afterRestart, cancellation).ConfigureAwait(false));

        observer.PhaseStarted(Phase.Load);
        var watch = new PhaseMemoryRecorder(session);
        var load = await LoadAsync(requests[0].WindowTokens, cancellation).ConfigureAwait(false);
        AddNotes(load.Notes);
        var others = new OtherClientLoadProbe(session.Target);
        if (load.Outcome.IsCompleted)
        {
            await others.ReadBeforeAsync(cancellation).ConfigureAwait(false);
            watch.OnModelLoaded();
            observer.PhaseStarted(Phase.Prefill);
        }
        // The streams of a step start together: their prompts lie ready, and nothing is awaited between the sends.
        var streams = requests.Select(request => InferAsync(request, load, watch, cancellation)).ToArray();
        var reports = await others.ReadAfterAsync(await Task.WhenAll(streams).ConfigureAwait(false), cancellation).ConfigureAwait(false);

        var results = new List<(Trial Trial, IReadOnlyList<StreamMark> Marks)>();
        foreach (var (request, report) in requests.Zip(reports))
        {
            AddNotes(report?.Notes ?? []);
            var trial = others.AddTo(TrialBuilder.Build(request, load, report));
            results.Add(
                (trial with { Outcome = await session.RefineOutcomeAsync(trial.Outcome).ConfigureAwait(false) }, report?.Marks ?? []));
        }
        // After a death has been explained: the kernel counts a kill a moment after the connection breaks.
        var memory = await watch.FinishAsync().ConfigureAwait(false);
        return [.. results.Select(
            result => (result.Trial with { Memory = memory, Outcome = PhaseMemoryRecorder.DetectThrashing(result.Trial.Outcome, memory) },
                result.Marks))];
    }

    /// <summary>A step's trials where the target could not be brought back for it.</summary>
    public IReadOnlyList<(Trial Trial, IReadOnlyList<StreamMark> Marks)> CreateUnreachableTrials(SweepStep step, int firstNumber,
        Outcome problem) =>
        Enumerable.Range(1, step.Concurrency)
            .Select(stream =>
                (TrialBuilder.Build(CreateRequest(step, firstNumber + stream - 1, stream) with { Problem = problem }, load: null,
                    report: null), (IReadOnlyList<StreamMark>)[]))
            .ToList();

    /// <summary>Keeps notes to be told, each once.</summary>
    public void AddNotes(IEnumerable<string> notes) => Notes.AddRange(notes.Where(_reportedNotes.Add));

    private async Task<TrialRequest> PrepareAsync(SweepStep step, int number, int stream, bool afterRestart, CancellationToken cancellation)
    {
        var request = CreateRequest(step, number, stream) with { AfterRestart = afterRestart };
        if (request.Method == SweepMethod.Resume)
            return _savedPrompt?.TokenCount == step.ContextTokens
                ? request with { Prompt = _savedPrompt }
                : request
                    with
                {
                    Problem = new Refused(null,
                        "there is nothing to resume: the trial that was to compute and save it did not complete")
                };
        try
        {
            // A cache can only be used on purpose by prompts that begin alike: the same nonce and the same words for all of them.
            var (variant, nonce) = plan.WarmPrefix ? (1, _sharedNonce) : (number, null);
            var built = await prompts.BuildAsync(step.ContextTokens, variant, nonce, cancellation).ConfigureAwait(false);
            _sharedNonce ??= built.Prompt?.Nonce;
            return built.Prompt is { } prompt
                ? request with { Prompt = prompt }
                : request with { Problem = new Refused(null, $"no prompt of {step.ContextTokens} tokens could be made: {built.Problem}") };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return request with { Problem = new Cancelled() };
        }
    }

    private TrialRequest CreateRequest(SweepStep step, int number, int stream) => new()
    {
        Step = step,
        Number = number,
        Stream = stream,
        OutputTokens = plan.OutputTokens,
        WindowTokens = step.ContextTokens + plan.OutputTokens + plan.WindowMarginTokens,
        PromptKind = plan.PromptKind,
        WarmPrefix = plan.WarmPrefix,
        Method = SelectMethod(step),
        // One batch is computed, of the size in which the whole prompt would have been.
        SkipPromptTokens = SelectMethod(step) == SweepMethod.SyntheticDepth
            ? Math.Max(0, step.ContextTokens - plan.Options.EmbeddedBatchTokens)
            : 0,
    };

    private KvCacheAction SelectKvState(TrialRequest request) => (plan.Method, request.Method, request.Step.IsWarmup) switch
    {
        (SweepMethod.Resume, SweepMethod.Resume, _) => KvCacheAction.Resume,
        (SweepMethod.Resume, _, false) => KvCacheAction.Save,
        _ => KvCacheAction.None,
    };

    // Of a plan whose steps name their methods only the warm-ups do not, and nothing was saved for those.
    private SweepMethod SelectMethod(SweepStep step) => step.Method ?? (plan.Method == SweepMethod.Resume ? SweepMethod.Cold : plan.Method);

    /// <summary>Loads within the plan's limit.</summary>
    public async Task<LoadReport> LoadAsync(int window, CancellationToken cancellation)
    {
        var started = clock.Now;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(plan.Limits.Load);
        var load = await session.Target.LoadAsync(window, limited.Token).ConfigureAwait(false);
        // The target saw only that it was called off; whether by the limit or by the user is known here.
        var timedOut = load.Outcome is Cancelled && !cancellation.IsCancellationRequested;
        return timedOut ? load with { Started = started, Outcome = new TimedOut(Phase.Load, plan.Limits.Load) } : load;
    }

    private async Task<InferenceReport?> InferAsync(TrialRequest request, LoadReport load, PhaseMemoryRecorder watch,
        CancellationToken cancellation)
    {
        if (request.Problem is not null || request.Prompt is null || !load.Outcome.IsCompleted)
            return null;
        var inference = new InferenceRequest(request.Prompt, request.WindowTokens, request.OutputTokens, plan.Limits, plan.WarmPrefix,
            request.SkipPromptTokens)
        {
            IsConcurrent = request.Step.Concurrency > 1,
            KvCacheAction = SelectKvState(request),
        };
        var report = await session.Target.InferAsync(inference, Marked, cancellation).ConfigureAwait(false);
        _savedPrompt = inference.KvCacheAction == KvCacheAction.Save && report.Outcome.IsCompleted ? request.Prompt : null;
        return report;

        void Marked(StreamMark mark)
        {
            watch.OnMark(mark);
            observer.MarkReceived(mark);
        }
    }
}
