using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>
/// What a llama-server that was started with <c>--slot-save-path</c> does with the KV cache of its first slot: save it to a file there,
/// forget it, and take it up again. The file is one and the same, so that a run leaves no more than one behind.
/// </summary>
internal sealed class LlamaCppSlots(HttpAccess access)
{
    /// <summary>The slot that is used.</summary>
    public const int Slot = 0;

    private const string FileName = "memwall.bin";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether the server saves slots: it says otherwise before it looks at what is asked.</summary>
    public async Task<bool> IsSupportedAsync(CancellationToken cancellation)
    {
        using var answer = await PostAsync("none", s_timeout, cancellation).ConfigureAwait(false);
        return answer.Status is 400;
    }

    /// <summary>Saves what the slot holds.</summary>
    public async Task<TierUse> SaveAsync(PhaseLimits limits, CancellationToken cancellation)
    {
        var started = access.Clock.Now;
        using var answer = await PostAsync("save", limits.Load, cancellation).ConfigureAwait(false);
        return answer.Problem is { } problem
            ? new TierUse { StateNote = problem.Detail }
            : new TierUse { Save = access.Clock.Now.Since(started), StateBytes = answer.Root.Bytes("n_written") };
    }

    /// <summary>Has the slot forget what it holds and take up what was saved.</summary>
    public async Task<(TierUse Use, Outcome? Problem)> RestoreAsync(PhaseLimits limits, CancellationToken cancellation)
    {
        // What it still holds would be taken for what came from storage.
        using var erased = await PostAsync("erase", limits.Load, cancellation).ConfigureAwait(false);
        if (erased.Problem is { } trouble)
            return (new TierUse(), trouble);
        var started = access.Clock.Now;
        using var answer = await PostAsync("restore", limits.Load, cancellation).ConfigureAwait(false);
        return (new TierUse { Resume = access.Clock.Now.Since(started), StateBytes = answer.Root.Bytes("n_read") }, answer.Problem);
    }

    private Task<JsonResponse> PostAsync(string action, TimeSpan limit, CancellationToken cancellation) => JsonCall.PostAsync(
        access, FormattableString.Invariant($"slots/{Slot}?action={action}"),
        RequestBody.Write(writer => writer.WriteString("filename", FileName)), cancellation, limit: limit);
}
