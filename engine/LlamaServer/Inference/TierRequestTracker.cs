using System.Diagnostics;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>What one request has the storage tier do beside streaming, and what the tier moved in each of its phases.</summary>
internal sealed class TierRequestTracker(ModelContext session, GenerateRequest request)
{
    private StorageBytes _bytesAtStart;
    private StorageBytes _bytesAfterPrefill;
    private ResumeResult? _resumeResult;
    private TimeSpan _resumeTime;

    private StorageBytes CurrentBytes => session.Tier?.Meter.Total ?? default;

    /// <summary>Takes up a saved state where that was asked for.</summary>
    /// <returns>How many tokens are held then; null where it was stopped.</returns>
    public int? Resume(int[] prompt)
    {
        if (request.SaveState && session.Tier is null)
            throw new RefusedException(400, "memory_wall.save_state: it needs options.tier, which keeps the states");
        if (request.SkipPromptTokens > 0 && (request.SaveState || request.ResumeState))
            throw new RefusedException(400,
                "memory_wall.save_state, resume_state: cells that were jumped over hold no state; leave jump_tokens out");
        if (!request.ResumeState)
            return 0;
        var started = Stopwatch.GetTimestamp();
        _resumeResult = session.ResumeState(prompt);
        _resumeTime = Stopwatch.GetElapsedTime(started);
        return _resumeResult?.Tokens;
    }

    public void StartPrefill() => _bytesAtStart = CurrentBytes;

    public void EndPrefill() => _bytesAfterPrefill = CurrentBytes;

    /// <summary>Saves where that was asked for, and tells what was done; null without a tier.</summary>
    public TierUsage? Finish(int[] prompt)
    {
        if (session.Tier is null)
            return null;
        var ended = CurrentBytes;
        SaveResult? saved = null;
        var started = Stopwatch.GetTimestamp();
        if (request.SaveState)
        {
            // After the answer, whose times it would disturb: the prompt's cells are still as its prefill left them.
            session.RollBack(prompt.Length);
            saved = session.SaveState();
        }
        return new TierUsage
        {
            Prefill = _bytesAfterPrefill - _bytesAtStart,
            Generation = ended - _bytesAfterPrefill,
            ResumedTokens = request.ResumeState ? _resumeResult!.Tokens : null,
            ResumeNanoseconds = request.ResumeState ? InferenceLoop.ToNanoseconds(_resumeTime) : null,
            SaveNanoseconds = request.SaveState ? InferenceLoop.ToNanoseconds(Stopwatch.GetElapsedTime(started)) : null,
            StateBytes = saved?.Bytes ?? _resumeResult?.Bytes,
            StateNote = saved?.Note ?? _resumeResult?.Note,
        };
    }
}
