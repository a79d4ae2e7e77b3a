using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>
/// Saves and restores the KV cache of the first slot of a llama-server that was started with <c>--slot-save-path</c>. It always uses the
/// same file, so that a run leaves at most one.
/// </summary>
internal sealed class LlamaCppSlots(HttpAccess access, LlamaCppRouter router)
{
    /// <summary>The number of the slot.</summary>
    public const int Slot = 0;

    private const string FileName = "memwall.bin";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether the server can save slots. An invalid action gets status 400 only where it can; otherwise the server refuses the
    /// request before it reads the action.</summary>
    public async Task<bool> IsSupportedAsync(CancellationToken cancellation)
    {
        using var answer = await PostAsync("none", s_timeout, cancellation).ConfigureAwait(false);
        return answer.Status is 400;
    }

    /// <summary>Saves the slot's KV cache.</summary>
    public async Task<TierUse> SaveAsync(PhaseLimits limits, CancellationToken cancellation)
    {
        var started = access.Clock.Now;
        using var answer = await PostAsync("save", limits.Load, cancellation).ConfigureAwait(false);
        return answer.Problem is { } problem
            ? new TierUse { StateNote = problem.Detail }
            : new TierUse { Save = access.Clock.Now.Since(started), StateBytes = answer.Root.Bytes("n_written") };
    }

    /// <summary>Erases the slot's KV cache and restores the saved one.</summary>
    public async Task<(TierUse Use, Outcome? Problem)> RestoreAsync(PhaseLimits limits, CancellationToken cancellation)
    {
        // Without erasing, tokens that are still in the slot would count as restored from storage.
        using var erased = await PostAsync("erase", limits.Load, cancellation).ConfigureAwait(false);
        if (erased.Problem is { } problem)
            return (new TierUse(), problem);
        var started = access.Clock.Now;
        using var answer = await PostAsync("restore", limits.Load, cancellation).ConfigureAwait(false);
        return (new TierUse { Resume = access.Clock.Now.Since(started), StateBytes = answer.Root.Bytes("n_read") }, answer.Problem);
    }

    private Task<JsonResponse> PostAsync(string action, TimeSpan limit, CancellationToken cancellation) => JsonCall.PostAsync(
        access, FormattableString.Invariant($"slots/{Slot}?action={action}"),
        RequestBody.Write(writer =>
        {
            router.WriteModel(writer);
            writer.WriteString("filename", FileName);
        }), cancellation, limit: limit);
}
