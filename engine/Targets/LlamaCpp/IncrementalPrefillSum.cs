using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>
/// Adds up the requests of a prompt that grows: each computes what it has more than the one before, and the server's own count of tokens
/// taken from its cache proves that it is so. Where the proof fails, or a stretch is implausibly fast, no prefill is told from there on.
/// </summary>
internal sealed class IncrementalPrefillSum
{
    // Deeper tokens cost more, never less; the first stretch of a small prompt may carry a fixed cost, and a busy machine some noise.
    private const double MaxSpeedup = 2;
    private const int MinTokens = 256;

    private TimeSpan? _prefill = TimeSpan.Zero;
    private double? _fastest;
    private int _context;

    /// <summary>The report of a context as one that had been computed from its first token.</summary>
    public InferenceReport Add(InferenceReport own, int context)
    {
        var before = _prefill;
        var problem = FindProblem(own, context);
        _prefill = problem is null ? before + own.Server.Prefill : null;
        _context = context;
        return own with
        {
            Server = own.Server with { Prefill = _prefill },
            // A cache used on purpose is what the method means, and its count is what proves it.
            Flags = own.Flags & ~(TrialFlags.WarmPrefix | TrialFlags.CacheHit),
            Marks = [
                .. own.Marks.Select(mark => mark with { Native = mark.Kind == MarkKind.Prefill ? mark.Native + before : mark.Native })],
            Notes = problem is null ? own.Notes : [.. own.Notes, problem],
        };
    }

    private string? FindProblem(InferenceReport own, int context)
    {
        if (_prefill is null)
            return "an earlier context of the pass broke the chain, so there is no prefill";
        if (own.Server.Prefill is not { } took || took <= TimeSpan.Zero)
            return FormattableString.Invariant($"at {context} tokens the server told no time for what it computed");
        if (own.CachedPromptTokens != _context)
            return FormattableString.Invariant(
                $"at {context} tokens the server reports {own.CachedPromptTokens?.ToString() ?? "no"} cached tokens ")
                + FormattableString.Invariant($"instead of {_context}; there is no prefill from there on");
        var rate = (context - _context) / took.TotalSeconds;
        if (_fastest is { } fastest && rate > MaxSpeedup * fastest)
            return FormattableString.Invariant(
                $"up to {context} tokens {rate:0} tokens/s were computed after {fastest:0} before, which is not plausible; ")
                + "there is no prefill from there on";
        if (context - _context >= MinTokens)
            _fastest = Math.Max(_fastest ?? 0, rate);
        return null;
    }
}
