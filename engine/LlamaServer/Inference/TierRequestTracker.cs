using System.Diagnostics;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Resumes and saves the state of one request in the storage tier, and counts the bytes that the tier transfers in each
/// phase.</summary>
internal sealed class TierRequestTracker(ModelContext session, GenerateRequest request)
{
    private StorageBytes _bytesAtStart;
    private StorageBytes _bytesAfterPrefill;
    private ExpertUse? _expertsAfterPrefill;
    private ResumeResult? _resumeResult;
    private TimeSpan _resumeTime;
    private float[] _promptLogits = [];
    private ConversationChange? _change;

    private StorageBytes CurrentBytes => session.Tier?.Meter.Total ?? default;

    /// <summary>Resumes from a saved state where the request asks for it.</summary>
    /// <returns>The number of resumed tokens; null where the request was cancelled.</returns>
    public int? Resume(int[] prompt)
    {
        if (request.SaveState && session.Tier is null)
            throw new RefusedException(400, "memory_wall.save_state: it needs options.tier, which stores the states");
        if ((request.SaveState || request.ResumeState) && !session.CanRollBack)
            throw new RefusedException(501,
                "memory_wall.save_state, resume_state: the KV cache of a model with sliding windows keeps no state; leave them out");
        if (request.SkipPromptTokens > 0 && (request.SaveState || request.ResumeState))
            throw new RefusedException(400,
                "memory_wall.save_state, resume_state: a skipped prefill has no state to save or resume; leave jump_tokens out");
        // Such requests replace or cut what the KV cache has, and so do those that are no turn of a conversation.
        if (request.KeepsConversations
            ? request.SaveState || request.ResumeState
            : request.Context.Conversations is not null)
            session.Conversations?.Leave(0);
        if (!request.ResumeState)
            return 0;
        var started = Stopwatch.GetTimestamp();
        _resumeResult = session.ResumeState(prompt);
        _resumeTime = Stopwatch.GetElapsedTime(started);
        return _resumeResult?.Tokens;
    }

    public void StartPrefill() => _bytesAtStart = CurrentBytes;

    /// <summary>The prompt is computed.</summary>
    /// <param name="copyLogits">Copies the logits after its last token.</param>
    public void EndPrefill(Func<float[]> copyLogits)
    {
        _bytesAfterPrefill = CurrentBytes;
        if (request.SaveState)
            _promptLogits = copyLogits();
        _expertsAfterPrefill = session.Tier?.ExpertUse;
        session.Tier?.Routing?.Restart();
    }

    /// <summary>Whether loading a conversation was stopped.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Keeps the conversation that had the KV cache, and finds the beginning of this one.</summary>
    /// <returns>Tokens that are in the KV cache; null where conversations are not kept.</returns>
    public int? BeginConversation(int[] prompt)
    {
        // Such a request measures the prompt's own cells.
        if (!request.KeepsConversations || request.ResumeState || request.SaveState || session.Conversations is not { } conversations)
            return null;
        _change = conversations.Begin(prompt, request.UsePromptCache && request.SkipPromptTokens == 0, request.ComputesWholeBatches);
        IsStopped = _change is null;
        return _change?.KeptTokens ?? 0;
    }

    /// <summary>What the cache of conversations did; null where the request is no turn of a conversation.</summary>
    public ConversationReport? ReportConversation() => !request.KeepsConversations ? null : session.Conversations is { } conversations
        ? conversations.TakeReport(_change)
        : new ConversationReport
        {
            Note = "the KV cache of a model with recurrent layers or sliding windows cannot be cut, so every prompt is computed",
        };

    /// <summary>Saves where the request asks for it, and reports what the tier planned and did; null without a tier.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="conversation">What the cache of conversations did; null where the request is no turn of a conversation.</param>
    public TierReport? Finish(int[] prompt, ConversationReport? conversation)
    {
        if (session.Tier?.Report is not { } plan)
            return null;
        var ended = CurrentBytes;
        var experts = session.Tier.ExpertUse - _expertsAfterPrefill;
        var routing = session.Tier.Routing;
        SaveResult? saved = null;
        var started = Stopwatch.GetTimestamp();
        if (request.SaveState)
        {
            // The state is saved after the response, so that saving does not slow it down. The prompt's cells have not changed since the
            // prefill.
            session.RollBack(prompt.Length);
            saved = session.SaveState(_promptLogits);
        }
        var prefill = _bytesAfterPrefill - _bytesAtStart;
        var generation = ended - _bytesAfterPrefill;
        return plan with
        {
            PrefillReadBytes = prefill.Read,
            PrefillWrittenBytes = prefill.Written,
            GenerationReadBytes = generation.Read,
            GenerationWrittenBytes = generation.Written,
            GenerationExpertUses = experts?.Uses,
            GenerationExpertMisses = experts?.Misses,
            GenerationExpertBytes = experts?.Bytes,
            GenerationExpertMissedBytes = experts?.MissedBytes,
            GenerationExpertWaitNanoseconds = experts is { } use ? InferenceLoop.ToNanoseconds(use.Wait) : null,
            GenerationExpertHitsOfEighth = routing?.HitsOfEighth,
            GenerationExpertHitsOfQuarter = routing?.HitsOfQuarter,
            ResumedTokens = request.ResumeState ? _resumeResult!.Tokens : _change?.LoadedTokens,
            ResumeNanoseconds = request.ResumeState ? InferenceLoop.ToNanoseconds(_resumeTime) : ToNanoseconds(_change?.LoadTime),
            SaveNanoseconds = request.SaveState ? ToNanoseconds(Stopwatch.GetElapsedTime(started)) : ToNanoseconds(_change?.SaveTime),
            StateBytes = saved?.Bytes ?? _resumeResult?.Bytes ?? _change?.LoadedBytes,
            StateNote = saved?.Note ?? _resumeResult?.Note ?? conversation?.Note,
        };
    }

    private static long? ToNanoseconds(TimeSpan? time) => time is { } known ? InferenceLoop.ToNanoseconds(known) : null;
}
