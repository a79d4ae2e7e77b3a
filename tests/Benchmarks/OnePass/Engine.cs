using System.Diagnostics;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Prompts;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Benchmarks.OnePass;

/// <summary>Incremental sweeps and cold trials with the engine's own targets.</summary>
internal sealed class Engine(OnePassOptions options, string model, string path, int threads)
{
    public const int Batch = 512;
    private int _variant;

    /// <summary>
    /// An incremental sweep on its own server, including the server's start and end, and with cold trials where the method needs a
    /// reference.
    /// </summary>
    public async Task<Curve> PassAsync(IReadOnlyList<int> contexts, bool synthetic)
    {
        var started = Stopwatch.GetTimestamp();
        IReadOnlyList<InferenceReport> reports = [];
        await WithServerAsync(async (target, prompts) =>
        {
            reports = await PassAsync(target, prompts, contexts, synthetic);
            if (synthetic)
                await ColdAsync(target, prompts, contexts.LastOrDefault(context => context <= contexts[^1] / 4, contexts[0]));
        });
        return new Curve(Stopwatch.GetElapsedTime(started), Curve.ComputePoints(reports, synthetic ? Batch : options.Stretch));
    }

    /// <summary>Runs an action with its own server.</summary>
    public async Task WithServerAsync(Func<IIncrementalTarget, PromptFactory, Task> run)
    {
        await using var server = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = path, ModelName = model },
            CancellationToken.None);
        await using var target = EmbeddedClient.Create(server, model, new TargetOptions { Threads = threads, BatchTokens = Batch },
            RunClock.Start());
        await target.ProbeAsync(CancellationToken.None);
        await run(target,
            await PromptFactory.CreateAsync(await target.GetVocabularyAsync(CancellationToken.None), null, new PromptSettings(),
                CancellationToken.None));
    }

    public async Task<IReadOnlyList<InferenceReport>> PassAsync(IIncrementalTarget target, PromptFactory prompts,
        IReadOnlyList<int> contexts, bool synthetic)
    {
        var window = contexts[^1] + options.Output + 16;
        Completed((await target.LoadAsync(window, CancellationToken.None)).Outcome);
        var prompt = (await prompts.BuildAsync(contexts[^1], ++_variant)).Prompt!;
        var request = new IncrementalRequest(prompt, contexts, window, options.Output, new PhaseLimits(), synthetic ? Batch : null);
        var reports = await target.InferIncrementallyAsync(request, null, CancellationToken.None).ToListAsync();
        reports.ForEach(report => Completed(report.Outcome));
        return reports.Select(report => report.CountedPromptTokens!.Value).SequenceEqual(contexts)
            ? reports
            : throw new InvalidOperationException("the incremental sweep lacks a context");
    }

    public async Task<InferenceReport> ColdAsync(ITarget target, PromptFactory prompts, int context)
    {
        var window = context + options.Output + 16;
        Completed((await target.LoadAsync(window, CancellationToken.None)).Outcome);
        var prompt = (await prompts.BuildAsync(context, ++_variant)).Prompt!;
        var report = await target.InferAsync(new InferenceRequest(prompt, window, options.Output, new PhaseLimits()), null,
            CancellationToken.None);
        Completed(report.Outcome);
        return report.CountedPromptTokens == context
            ? report
            : throw new InvalidOperationException($"{report.CountedPromptTokens} tokens were counted, not {context}");
    }

    private static void Completed(Outcome outcome)
    {
        if (!outcome.IsCompleted)
            throw new InvalidOperationException($"{outcome.Kind}: {outcome.Detail}");
    }
}
