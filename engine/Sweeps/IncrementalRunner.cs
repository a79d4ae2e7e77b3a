using System.Runtime.CompilerServices;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Prompts;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps;

/// <summary>Runs a pass: one load, one prompt that grows, a trial for each context as soon as it is there.</summary>
internal sealed class IncrementalRunner(SweepPlan plan, ITargetSession session, PromptFactory prompts, TrialRunner trialRunner,
    ISweepObserver observer)
{
    /// <summary>The trials of a pass with what arrived in each. The last is the one that failed, if one did; what would have come after it
    /// is not there.</summary>
    /// <param name="step">The step.</param>
    /// <param name="firstNumber">The number of its first trial.</param>
    /// <param name="afterRestart">Whether the target was started again since the step before.</param>
    /// <param name="cancellation">The user's wish to stop.</param>
    public async IAsyncEnumerable<(Trial Trial, IReadOnlyList<StreamMark> Marks)> RunAsync(
        SweepStep step, int firstNumber, bool afterRestart, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var first = CreateRequest(step, 0, firstNumber) with { AfterRestart = afterRestart };
        var (prompt, problem) = await BuildPromptAsync(step, firstNumber, cancellation).ConfigureAwait(false);
        if (prompt is null || session.Target is not IIncrementalTarget target)
        {
            yield return (TrialBuilder.Build(first with { Problem = problem ?? new Refused(null, "this target runs no pass") }, load: null,
                report: null), []);
            yield break;
        }
        observer.PhaseStarted(Phase.Load);
        var watch = new PhaseMemoryRecorder(session);
        var load = await trialRunner.LoadAsync(first.WindowTokens, cancellation).ConfigureAwait(false);
        trialRunner.AddNotes(load.Notes);
        if (!load.Outcome.IsCompleted)
        {
            // The window was that of the largest context: the smaller ones may still fit into theirs.
            var largest = CreateRequest(step, step.IncrementalContexts.Count - 1, firstNumber) with
            {
                Number = firstNumber,
                Prompt = prompt,
                AfterRestart = afterRestart
            };
            yield return await BuildTrialAsync(largest, load, report: null, watch).ConfigureAwait(false);
            yield break;
        }
        watch.OnModelLoaded();
        observer.PhaseStarted(Phase.Prefill);
        var batch = step.Method == SweepMethod.SyntheticDepth ? plan.Options.EmbeddedBatchTokens : (int?)null;
        var pass = new IncrementalRequest(prompt, step.IncrementalContexts, first.WindowTokens, plan.OutputTokens, plan.Limits, batch);
        var index = 0;
        var others = new OtherClientLoadProbe(session.Target);
        await others.ReadBeforeAsync(cancellation).ConfigureAwait(false);
        await foreach (var report in target.InferIncrementallyAsync(pass, Marked, cancellation).ConfigureAwait(false))
        {
            trialRunner.AddNotes(report.Notes);
            if (index == step.IncrementalContexts.Count)
            {
                trialRunner.AddNotes([$"after the last context of a pass: {report.Outcome.Detail}"]);
                continue;
            }
            var request = CreateRequest(step, index, firstNumber + index) with
            {
                Prompt = prompt,
                AfterRestart = afterRestart && index == 0
            };
            var seen = await others.ReadAfterAsync([report], cancellation).ConfigureAwait(false);
            var (judged, marks) = await BuildTrialAsync(request, load, seen[0], watch).ConfigureAwait(false);
            var trial = others.AddTo(judged);
            yield return (index == 0 ? trial : trial with { Client = trial.Client with { LoadStarted = null, Load = null } }, marks);
            if (++index == step.IncrementalContexts.Count)
                continue;
            others = new OtherClientLoadProbe(session.Target);
            await others.ReadBeforeAsync(cancellation).ConfigureAwait(false);
            watch = new PhaseMemoryRecorder(session);
            watch.OnModelLoaded();
            observer.PhaseStarted(Phase.Prefill);
        }
        if (index == 0)
            yield return await BuildTrialAsync(first with { Prompt = prompt }, load, report: null, watch).ConfigureAwait(false);

        void Marked(StreamMark mark)
        {
            watch.OnMark(mark);
            observer.MarkReceived(mark);
        }
    }

    /// <summary>The trial of a pass for which the target could not be brought back.</summary>
    public (Trial Trial, IReadOnlyList<StreamMark> Marks) CreateUnreachableTrial(SweepStep step, int firstNumber, Outcome problem) =>
        (TrialBuilder.Build(CreateRequest(step, 0, firstNumber) with { Problem = problem }, load: null, report: null), []);

    private async Task<(Trial Trial, IReadOnlyList<StreamMark> Marks)> BuildTrialAsync(TrialRequest request, LoadReport load,
        InferenceReport? report, PhaseMemoryRecorder watch)
    {
        var trial = TrialBuilder.Build(request, load, report);
        var outcome = await session.RefineOutcomeAsync(trial.Outcome).ConfigureAwait(false);
        var memory = await watch.FinishAsync().ConfigureAwait(false);
        return (trial with { Memory = memory, Outcome = PhaseMemoryRecorder.DetectThrashing(outcome, memory) }, report?.Marks ?? []);
    }

    private async Task<(Prompt? Prompt, Outcome? Problem)> BuildPromptAsync(SweepStep step, int variant, CancellationToken cancellation)
    {
        try
        {
            var built = await prompts.BuildAsync(step.ContextTokens, variant, nonce: null, cancellation).ConfigureAwait(false);
            return (built.Prompt,
                built.Prompt is null
                    ? new Refused(null, $"no prompt of {step.ContextTokens} tokens could be made: {built.Problem}")
                    : null);
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
        OutputTokens = plan.OutputTokens,
        WindowTokens = step.ContextTokens + plan.OutputTokens + plan.WindowMarginTokens,
        PromptKind = plan.PromptKind,
        Method = step.Method!.Value,
        SkipPromptTokens = step.Method == SweepMethod.SyntheticDepth
            ? Math.Max(0, step.IncrementalContexts[index] - plan.Options.EmbeddedBatchTokens)
            : 0,
    };
}
