using System.Runtime.CompilerServices;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// Runs a pass: one load, one prompt that grows, and a trial at each context as soon as the prompt reaches it. The last trial is the one
/// that failed, if one failed; contexts after it have no trial.
/// </summary>
internal sealed class IncrementalRunner(TrialEnvironment environment) : IStepRunner
{
    private readonly SweepPlan _plan = environment.Plan;

    public async IAsyncEnumerable<MeasuredTrial> RunAsync(SweepStep step, int firstNumber, bool afterRestart,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var first = CreateRequest(step, 0, firstNumber) with { AfterRestart = afterRestart };
        var (prompt, problem) = await BuildPromptAsync(step, firstNumber, cancellation).ConfigureAwait(false);
        if (prompt is null || environment.Session.Target is not IIncrementalTarget target)
        {
            yield return CreateUnsentTrial(first with { Problem = problem ?? new Refused(null, "this target runs no pass") });
            yield break;
        }
        environment.Observer.PhaseStarted(Phase.Load);
        var probes = environment.CreateProbes();
        probes.BeforeLoad();
        var load = await environment.LoadAsync(first.WindowTokens, cancellation).ConfigureAwait(false);
        if (!load.Outcome.IsCompleted)
        {
            // The window was that of the largest context: the smaller contexts may still fit in their own windows.
            var largest = CreateRequest(step, step.IncrementalContexts.Count - 1, firstNumber) with
            {
                Prompt = prompt,
                AfterRestart = afterRestart,
            };
            yield return await CompleteAsync(largest, load, report: null, probes).ConfigureAwait(false);
            yield break;
        }
        await probes.BeforeRequestsAsync(cancellation).ConfigureAwait(false);
        environment.Observer.PhaseStarted(Phase.Prefill);
        var batch = step.Method == SweepMethod.SyntheticDepth ? _plan.Options.EmbeddedBatchTokens : (int?)null;
        var pass = new IncrementalRequest(prompt, step.IncrementalContexts, first.WindowTokens, _plan.OutputTokens, _plan.Limits, batch);
        var index = 0;
        await foreach (var report in target.InferIncrementallyAsync(pass, OnMark, cancellation).ConfigureAwait(false))
        {
            environment.Notes.Add(report.Notes);
            if (index == step.IncrementalContexts.Count)
            {
                environment.Notes.Add($"after the last context of a pass: {report.Outcome.Detail}");
                continue;
            }
            var request = CreateRequest(step, index, firstNumber + index) with
            {
                Prompt = prompt,
                AfterRestart = afterRestart && index == 0,
            };
            var observed = await probes.AfterRequestsAsync([report], cancellation).ConfigureAwait(false);
            var measured = await CompleteAsync(request, load, observed[0], probes).ConfigureAwait(false);
            yield return index == 0 ? measured : WithoutLoad(measured);
            if (++index == step.IncrementalContexts.Count)
                continue;
            probes = environment.CreateProbes();
            probes.BeforeLoad();
            await probes.BeforeRequestsAsync(cancellation).ConfigureAwait(false);
            environment.Observer.PhaseStarted(Phase.Prefill);
        }
        if (index == 0)
            yield return await CompleteAsync(first with { Prompt = prompt }, load, report: null, probes).ConfigureAwait(false);

        void OnMark(StreamMark mark)
        {
            probes.OnMark(mark);
            environment.Observer.MarkReceived(mark);
        }
    }

    public IEnumerable<MeasuredTrial> CreateUnreachableTrials(SweepStep step, int firstNumber, Outcome problem) =>
        [CreateUnsentTrial(CreateRequest(step, 0, firstNumber) with { Problem = problem })];

    private static MeasuredTrial CreateUnsentTrial(TrialRequest request) => new(TrialBuilder.Build(request, load: null, report: null), []);

    // The load belongs to the first context of a pass.
    private static MeasuredTrial WithoutLoad(MeasuredTrial measured) => measured with
    {
        Trial = measured.Trial with { Client = measured.Trial.Client with { LoadStarted = null, Load = null } },
    };

    private static async Task<MeasuredTrial> CompleteAsync(TrialRequest request, LoadReport load, InferenceReport? report,
        TrialProbes probes)
    {
        var trials = await probes.CompleteAsync([TrialBuilder.Build(request, load, report)]).ConfigureAwait(false);
        return new MeasuredTrial(trials[0], report?.Marks ?? []);
    }

    private async Task<(Prompt? Prompt, Outcome? Problem)> BuildPromptAsync(SweepStep step, int variant, CancellationToken cancellation)
    {
        try
        {
            var built = await environment.Prompts.BuildAsync(step.ContextTokens, variant, nonce: null, cancellation).ConfigureAwait(false);
            var problem = built.Prompt is null
                ? new Refused(null, $"no prompt of {step.ContextTokens} tokens could be made: {built.Problem}")
                : null;
            return (built.Prompt, problem);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return (null, new Cancelled());
        }
    }

    private TrialRequest CreateRequest(SweepStep step, int index, int number) => new()
    {
        Step = new SweepStep(step.IncrementalContexts[index], step.Repetition, Concurrency: 1),
        Number = number,
        OutputTokens = _plan.OutputTokens,
        WindowTokens = _plan.WindowRule.WindowFor(step.ContextTokens),
        PromptKind = _plan.PromptKind,
        // The contexts of a pass are places among the tokens of its prompt.
        PromptAs = PromptForm.Ids,
        Method = step.Method!.Value,
        SkipPromptTokens = TrialRequest.ComputeSkippedTokens(step.Method!.Value, step.IncrementalContexts[index], _plan.Options),
    };
}
