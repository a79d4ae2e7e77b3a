using System.Diagnostics;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>What a change of conversation did.</summary>
/// <param name="KeptTokens">Tokens of the prompt whose cells are in the KV cache.</param>
/// <param name="LoadedTokens">Those of them that came from storage.</param>
/// <param name="LoadedBytes">Bytes that were loaded; null for none.</param>
/// <param name="LoadTime">How long loading took.</param>
/// <param name="SaveTime">How long it took to save the conversation that had the KV cache before.</param>
/// <param name="Note">Why that conversation was not saved; null where it was, or there was none.</param>
internal sealed record ConversationChange(int KeptTokens, int LoadedTokens, long? LoadedBytes, TimeSpan LoadTime, TimeSpan SaveTime,
    string? Note);

/// <summary>
/// Keeps the KV caches of conversations on the storage tier. The one that has the context is saved when another one needs it, and a
/// conversation that comes back is loaded instead of being computed.
/// </summary>
internal sealed class ConversationCache(ModelContext session, ConversationStore store)
{
    // Where a user asks again, only the end of a conversation is replaced. That end is not worth a copy of the whole.
    private const double MinLostShare = 0.25;

    /// <summary>Makes room for a prompt: saves what would be lost, and finds its beginning in the KV cache or on storage.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="usesCache">Whether the prompt may use cells that are computed already.</param>
    /// <returns>What was done; null where it was stopped.</returns>
    public ConversationChange? Begin(int[] prompt, bool usesCache)
    {
        // The last token is always computed, because the response is sampled from its logits.
        var here = usesCache ? session.CountCommonTokens(prompt.AsSpan(0, prompt.Length - 1)) : 0;
        var started = Stopwatch.GetTimestamp();
        var note = Leave(here);
        var saved = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        if (!usesCache || store.Find(prompt.AsSpan(0, prompt.Length - 1)) is not var (path, tokens)
            || tokens - here < ConversationStore.MinTokens)
        {
            session.KeepPrefix(here);
            return new ConversationChange(here, 0, null, TimeSpan.Zero, saved, note);
        }
        session.KeepPrefix(0);
        if (store.Load(path) is not { } bytes)
            return new ConversationChange(0, 0, null, Stopwatch.GetElapsedTime(started), saved, note);
        return session.AdoptCells(prompt, tokens)
            ? new ConversationChange(tokens, tokens, bytes, Stopwatch.GetElapsedTime(started), saved, note)
            : null;
    }

    /// <summary>Saves the conversation that has the KV cache, where much of it would be lost.</summary>
    /// <param name="keptTokens">Tokens from the first that stay in the KV cache.</param>
    /// <returns>Why it was not saved; null where it was, or nothing would be lost.</returns>
    public string? Leave(int keptTokens)
    {
        var lost = session.CachedTokens.Count - keptTokens;
        return lost >= ConversationStore.MinTokens && lost >= MinLostShare * session.CachedTokens.Count && session.HasComputedCells
            ? store.Save([.. session.CachedTokens]).Note
            : null;
    }
}
