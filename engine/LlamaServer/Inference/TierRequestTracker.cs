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

    /// <summary>Saves where the request asks for it, and reports what the tier planned and did; null without a tier.</summary>
    public TierReport? Finish(int[] prompt)
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
            ResumedTokens = request.ResumeState ? _resumeResult!.Tokens : null,
            ResumeNanoseconds = request.ResumeState ? InferenceLoop.ToNanoseconds(_resumeTime) : null,
            SaveNanoseconds = request.SaveState ? InferenceLoop.ToNanoseconds(Stopwatch.GetElapsedTime(started)) : null,
            StateBytes = saved?.Bytes ?? _resumeResult?.Bytes,
            StateNote = saved?.Note ?? _resumeResult?.Note,
        };
    }
}
