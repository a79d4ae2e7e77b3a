using MemoryWall.Core.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps;

/// <summary>Asks a server around one step what it worked on, and tells whether that was more than the step asked of it.</summary>
internal sealed class OtherClientLoadProbe(ITarget target)
{
    // A server may count a request's last step a moment after its answer; a request of another client is longer than that.
    private const long TokenTolerance = 32;
    private static readonly TimeSpan s_settleDelay = TimeSpan.FromMilliseconds(250);

    private ServerState? _before;
    private ServerLoad? _load;
    private bool _hasOtherClients;

    /// <summary>Just before the step's requests go out.</summary>
    public async Task ReadBeforeAsync(CancellationToken cancellation)
    {
        _before = await target.GetServerStateAsync(cancellation).ConfigureAwait(false);
        if (_before is not { RunningRequests: > 0 } and not { WaitingRequests: > 0 })
            return;
        // It may still count the step before this one: what is there for longer is another's.
        await Task.Delay(s_settleDelay, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _before = await target.GetServerStateAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>After the last of its answers.</summary>
    /// <returns>The reports; where one was alone at a server that counts tokens from its cache for all requests together, with that
    /// count.</returns>
    public async Task<IReadOnlyList<InferenceReport?>> ReadAfterAsync(IReadOnlyList<InferenceReport?> reports,
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

    /// <summary>The trial with what was found.</summary>
    public Trial AddTo(Trial trial) =>
        trial with { ServerLoad = _load, Flags = trial.Flags | (_hasOtherClients ? TrialFlags.SharedServer : TrialFlags.None) };

    /// <summary>The server's load from its states before and after. A counter that fell began anew, and tells nothing.</summary>
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

    /// <summary>Whether the server worked for another request meanwhile: requests before the step's, or more tokens than the
    /// step's.</summary>
    /// <param name="load">What it told.</param>
    /// <param name="promptTokens">Prompt tokens of the step, as the server counted each; null where one is not known.</param>
    /// <param name="outputTokens">Tokens that it generated for the step; null where not known.</param>
    internal static bool HasOtherRequests(ServerLoad load, long? promptTokens, long? outputTokens) =>
        load.RunningBefore > 0 || load.WaitingBefore > 0 || load.PromptTokens > promptTokens + TokenTolerance
            || load.GeneratedTokens > outputTokens + TokenTolerance;

    private static long? Growth(long? before, long? after) => after >= before ? after - before : null;

    // A request whose count is not known may have been any part of the server's work.
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
