using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Trials;

/// <summary>Reads the server's own counters around the requests.</summary>
internal sealed class OtherClientLoadProbe(ITarget target) : ITrialProbe
{
    private static readonly TimeSpan s_settleDelay = TimeSpan.FromMilliseconds(250);

    private ServerState? _before;
    private ServerLoad? _load;
    private bool _hasDrafted;

    public async Task BeforeRequestsAsync(CancellationToken cancellation)
    {
        _before = await target.GetServerStateAsync(cancellation).ConfigureAwait(false);
        if (_before is not { RunningRequests: > 0 } and not { WaitingRequests: > 0 })
            return;
        // The server may still count the step before this one; a request that remains belongs to another client.
        await Task.Delay(s_settleDelay, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _before = await target.GetServerStateAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads the counters again.</summary>
    /// <returns>The reports. A server that counts cached or drafted tokens for all requests together gives the count of a request that ran
    /// alone.</returns>
    public async Task<IReadOnlyList<InferenceReport?>> AfterRequestsAsync(IReadOnlyList<InferenceReport?> reports,
        CancellationToken cancellation)
    {
        if (_before is null)
            return reports;
        var after = await target.GetServerStateAsync(cancellation).ConfigureAwait(false);
        _load = ComputeLoad(_before, after);
        // llama-server has the counters without speculation too, where they do not grow.
        var draftTokens = Growth(_before.DraftTokens, after?.DraftTokens);
        _hasDrafted = draftTokens > 0;
        if (reports is not [{ Outcome.IsCompleted: true } alone]
            || OtherClients.HaveWork(_load, alone.CountedPromptTokens, alone.OutputTokens, ReviewRules.Default.Trials))
            return reports;
        if (alone.CachedPromptTokens is null && _load.CachedTokens is { } cached && cached <= int.MaxValue)
            alone = alone with { CachedPromptTokens = (int)cached };
        if (alone.DraftTokens is null && draftTokens is > 0 and <= int.MaxValue and var drafted)
            alone = alone with
            {
                DraftTokens = (int)drafted,
                AcceptedDraftTokens = Growth(_before.AcceptedDraftTokens, after?.AcceptedDraftTokens) is { } accepted && accepted <= drafted
                    ? (int)accepted
                    : null,
            };
        return [alone];
    }

    // The counters do not say for which of several requests the server drafted, but that it drafts.
    public Task<IReadOnlyList<Trial>> CompleteAsync(IReadOnlyList<Trial> trials) =>
        Task.FromResult<IReadOnlyList<Trial>>([.. trials.Select(trial => trial with
        {
            ServerLoad = _load,
            Flags = _hasDrafted ? trial.Flags | TrialFlags.Speculative : trial.Flags,
        })]);

    /// <summary>The server's load from its states before and after. A counter that fell was reset and gives no value.</summary>
    internal static ServerLoad ComputeLoad(ServerState before, ServerState? after) => new()
    {
        RunningBefore = before.RunningRequests,
        WaitingBefore = before.WaitingRequests,
        PromptTokens = Growth(before.PromptTokens, after?.PromptTokens),
        CachedTokens = Growth(before.CachedTokens, after?.CachedTokens),
        GeneratedTokens = Growth(before.GeneratedTokens, after?.GeneratedTokens),
        Preemptions = Growth(before.Preemptions, after?.Preemptions),
        KvUsageAfter = after?.KvCacheUsage,
    };

    private static long? Growth(long? before, long? after) => after >= before ? after - before : null;
}
