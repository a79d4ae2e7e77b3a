using System.Runtime.CompilerServices;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Trials;

/// <summary>Runs a step of one context: a load with the window of this context, then all streams of the step at once.</summary>
internal sealed class TrialRunner(TrialEnvironment environment) : IStepRunner
{
    // The prompt is in the cache before the first token comes. A second one makes it an answer as others are; more only cost time.
    private const int FillOutputTokens = 2;

    private readonly SweepPlan _plan = environment.Plan;
    private readonly int _largestContext = environment.Plan.Contexts.Select(context => context.Value).DefaultIfEmpty().Max();
    private string? _sharedNonce;
    private Prompt? _savedPrompt;

    public async IAsyncEnumerable<MeasuredTrial> RunAsync(SweepStep step, int firstNumber, bool afterRestart,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var requests = new List<TrialRequest>();
        for (var stream = 1; stream <= step.Concurrency; stream++)
            requests.Add(await AddPromptAsync(
                CreateRequest(step, firstNumber + stream - 1, stream) with { AfterRestart = afterRestart }, cancellation)
                .ConfigureAwait(false));

        environment.Observer.PhaseStarted(Phase.Load);
        var probes = environment.CreateProbes();
        probes.BeforeLoad();
        var load = await environment.LoadAsync(requests[0].WindowTokens, cancellation).ConfigureAwait(false);
        if (_plan.WarmPrefix && load.Outcome.IsCompleted && !step.IsWarmup)
            requests = await FillCacheAsync(requests, cancellation).ConfigureAwait(false);
        if (load.Outcome.IsCompleted)
        {
            await probes.BeforeRequestsAsync(cancellation).ConfigureAwait(false);
            environment.Observer.PhaseStarted(Phase.Prefill);
        }
        // The streams of a step start together: their prompts are ready, and nothing is awaited between the sends.
        var streams = requests.Select(request => InferAsync(request, load, probes, cancellation)).ToArray();
        var reports = await probes.AfterRequestsAsync(await Task.WhenAll(streams).ConfigureAwait(false), cancellation)
            .ConfigureAwait(false);
        environment.Notes.Add(reports.SelectMany(report => report?.Notes ?? []));

        var trials = await probes.CompleteAsync([.. requests.Zip(reports, (request, report) => TrialBuilder.Build(request, load, report))])
            .ConfigureAwait(false);
        foreach (var (trial, report) in trials.Zip(reports))
            yield return new MeasuredTrial(trial, report?.Marks ?? []);
    }

    public IEnumerable<MeasuredTrial> CreateUnreachableTrials(SweepStep step, int firstNumber, Outcome problem) =>
        Enumerable.Range(1, step.Concurrency)
            .Select(stream => CreateRequest(step, firstNumber + stream - 1, stream) with { Problem = problem })
            .Select(request => new MeasuredTrial(TrialBuilder.Build(request, load: null, report: null), []));

    // A load empties the cache, and a shorter prompt leaves only the common part: each prompt is sent once, untimed, before it is timed.
    private async Task<List<TrialRequest>> FillCacheAsync(List<TrialRequest> requests, CancellationToken cancellation)
    {
        var filled = await Task.WhenAll(requests.Select(async request => request.Prompt is not { } prompt || request.Problem is not null
            ? request
            : await environment.Session.Target.InferAsync(
                new InferenceRequest(prompt, request.WindowTokens, Math.Min(FillOutputTokens, request.OutputTokens), _plan.Limits,
                    WarmPrefix: true),
                live: null, cancellation).ConfigureAwait(false) is { Outcome: { IsCompleted: false } problem }
                ? request with { Problem = problem }
                : request)).ConfigureAwait(false);
        return [.. filled];
    }

    private async Task<TrialRequest> AddPromptAsync(TrialRequest request, CancellationToken cancellation)
    {
        var contextTokens = request.Step.ContextTokens;
        if (request.Method == SweepMethod.Resume)
            return _savedPrompt?.TokenCount == contextTokens
                ? request with { Prompt = _savedPrompt }
                : request with
                {
                    Problem = new Refused(null, "there is nothing to resume: the trial that computes and saves it did not complete"),
                };
        try
        {
            // Only prompts with the same beginning can share a cache on purpose: the same nonce and the same words for all of them.
            var (variant, nonce) = _plan.WarmPrefix ? (1, _sharedNonce) : (request.Number, null);
            var built = await environment.Prompts.BuildAsync(contextTokens, variant, nonce, cancellation).ConfigureAwait(false);
            _sharedNonce ??= built.Prompt?.Nonce;
            return built.Prompt is { } prompt
                ? request with { Prompt = request.PromptAs == PromptForm.Text ? prompt with { TokenIds = null } : prompt }
                : request with { Problem = new Refused(null, $"no prompt of {contextTokens} tokens could be made: {built.Problem}") };
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
        OutputTokens = _plan.OutputTokens,
        // Another window is another load, and a load empties the cache.
        WindowTokens = _plan.WindowRule.WindowFor(_plan.WarmPrefix ? Math.Max(step.ContextTokens, _largestContext) : step.ContextTokens),
        PromptKind = _plan.PromptKind,
        PromptAs = SelectPromptForm(SelectMethod(step)),
        WarmPrefix = _plan.WarmPrefix,
        Method = SelectMethod(step),
        SkipPromptTokens = TrialRequest.ComputeSkippedTokens(SelectMethod(step), step.ContextTokens, _plan.Options),
    };

    private KvCacheAction SelectKvCacheAction(TrialRequest request) => (_plan.Method, request.Method, request.Step.IsWarmup) switch
    {
        (SweepMethod.Resume, SweepMethod.Resume, _) => KvCacheAction.Resume,
        (SweepMethod.Resume, _, false) => KvCacheAction.Save,
        _ => KvCacheAction.None,
    };

    // In a plan whose steps name their methods only warm-ups have none, and nothing was saved for those.
    private SweepMethod SelectMethod(SweepStep step) =>
        step.Method ?? (_plan.Method == SweepMethod.Resume ? SweepMethod.Cold : _plan.Method);

    // A synthetic depth has no TTFT, so that nothing is learned from a server that tokenizes a text whose tokens it does not compute.
    private PromptForm SelectPromptForm(SweepMethod method) => method == SweepMethod.SyntheticDepth
        ? _plan.PromptAs ?? PromptForm.Ids
        : environment.PromptAs;

    private async Task<InferenceReport?> InferAsync(TrialRequest request, LoadReport load, TrialProbes probes,
        CancellationToken cancellation)
    {
        if (request.Problem is not null || request.Prompt is null || !load.Outcome.IsCompleted)
            return null;
        var inference = new InferenceRequest(request.Prompt, request.WindowTokens, request.OutputTokens, _plan.Limits, _plan.WarmPrefix,
            request.SkipPromptTokens)
        {
            KvCacheAction = SelectKvCacheAction(request),
        };
        var report = await environment.Session.Target.InferAsync(inference, OnMark, cancellation).ConfigureAwait(false);
        _savedPrompt = inference.KvCacheAction == KvCacheAction.Save && report.Outcome.IsCompleted ? request.Prompt : null;
        return report;

        void OnMark(StreamMark mark)
        {
            probes.OnMark(mark);
            environment.Observer.MarkReceived(mark);
        }
    }
}
