using MemoryWall.Core.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Trials;

/// <summary>Reads the server's own counters around the requests and finds out whether it worked for other clients meanwhile.</summary>
internal sealed class OtherClientLoadProbe(ITarget target) : ITrialProbe
{
    // A server may count the last tokens of a request a moment after its answer; a request of another client has more tokens than this.
    private const long TokenTolerance = 32;
    private static readonly TimeSpan s_settleDelay = TimeSpan.FromMilliseconds(250);

    private ServerState? _before;
    private ServerLoad? _load;
    private bool _hasOtherClients;

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
    /// <returns>The reports. A server that counts cached tokens for all requests together gives the count of a request that ran
    /// alone.</returns>
    public async Task<IReadOnlyList<InferenceReport?>> AfterRequestsAsync(IReadOnlyList<InferenceReport?> reports,
        CancellationToken cancellation)
    {
        if (_before is null)
            return reports;
        _load = ComputeLoad(_before, await target.GetServerStateAsync(cancellation).ConfigureAwait(false));
        _hasOtherClients = HasOtherRequests(_load, Sum(reports, report => report.CountedPromptTokens),
            Sum(reports, report => report.OutputTokens));
        return !_hasOtherClients && reports is [{ CachedPromptTokens: null, Outcome.IsCompleted: true } alone]
            && _load.CachedTokens is { } cached && cached <= int.MaxValue
            ? [alone with { CachedPromptTokens = (int)cached }]
            : reports;
    }

    public Task<IReadOnlyList<Trial>> CompleteAsync(IReadOnlyList<Trial> trials)
    {
        var flag = _hasOtherClients ? TrialFlags.SharedServer : TrialFlags.None;
        return Task.FromResult<IReadOnlyList<Trial>>(
            [.. trials.Select(trial => trial with { ServerLoad = _load, Flags = trial.Flags | flag })]);
    }

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

    /// <summary>Whether the server worked for other clients meanwhile: it had requests before the step, or counted more tokens than the
    /// step has.</summary>
    /// <param name="load">The load that the server reports.</param>
    /// <param name="promptTokens">Prompt tokens of the step, as the server counted them; null where the count of a request is not
    /// known.</param>
    /// <param name="outputTokens">Tokens that the server generated for the step; null where the count of a request is not
    /// known.</param>
    internal static bool HasOtherRequests(ServerLoad load, long? promptTokens, long? outputTokens) =>
        load.RunningBefore > 0 || load.WaitingBefore > 0 || load.PromptTokens > promptTokens + TokenTolerance
            || load.GeneratedTokens > outputTokens + TokenTolerance;

    private static long? Growth(long? before, long? after) => after >= before ? after - before : null;

    // A request without a count may be any part of the server's work, so that there is no sum.
    private static long? Sum(IReadOnlyList<InferenceReport?> reports, Func<InferenceReport, int?> count)
    {
        long sum = 0;
        foreach (var report in reports)
        {
            if (report is null || count(report) is not { } tokens)
                return null;
            sum += tokens;
        }
        return sum;
    }
}
