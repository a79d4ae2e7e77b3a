using System.Diagnostics;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>What one request has the storage tier do beside streaming, and what the tier moved in each of its phases.</summary>
internal sealed class TierWork(Session session, GenerateRequest request)
{
    private StorageBytes _started;
    private StorageBytes _prefilled;
    private ResumedState? _resumed;
    private TimeSpan _resume;

    private StorageBytes Now => session.Tier?.Meter.Total ?? default;

    /// <summary>Takes up a saved state where that was asked for.</summary>
    /// <returns>How many tokens are held then; null where it was stopped.</returns>
    public int? Resume(int[] prompt)
    {
        if (request.SaveState && session.Tier is null)
            throw new RefusedException(400, "memory_wall.save_state: it needs options.tier, which keeps the states");
        if (request.JumpTokens > 0 && (request.SaveState || request.ResumeState))
            throw new RefusedException(400, "memory_wall.save_state, resume_state: cells that were jumped over hold no state; leave jump_tokens out");
        if (!request.ResumeState)
            return 0;
        var started = Stopwatch.GetTimestamp();
        _resumed = session.Resume(prompt);
        _resume = Stopwatch.GetElapsedTime(started);
        return _resumed?.Tokens;
    }

    public void Start() => _started = Now;

    public void PrefillDone() => _prefilled = Now;

    /// <summary>Saves where that was asked for, and tells what was done; null without a tier.</summary>
    public TierUsage? Done(int[] prompt)
    {
        if (session.Tier is null)
            return null;
        var ended = Now;
        SavedState? saved = null;
        var started = Stopwatch.GetTimestamp();
        if (request.SaveState)
        {
            // After the answer, whose times it would disturb: the prompt's cells are still as its prefill left them.
            session.RollBack(prompt.Length);
            saved = session.Save();
        }
        return new TierUsage
        {
            Prefill = _prefilled - _started,
            Generation = ended - _prefilled,
            ResumedTokens = request.ResumeState ? _resumed!.Tokens : null,
            ResumeNanoseconds = request.ResumeState ? Computation.Nanoseconds(_resume) : null,
            SaveNanoseconds = request.SaveState ? Computation.Nanoseconds(Stopwatch.GetElapsedTime(started)) : null,
            StateBytes = saved?.Bytes ?? _resumed?.Bytes,
            StateNote = saved?.Note ?? _resumed?.Note,
        };
    }
}
