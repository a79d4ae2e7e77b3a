using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>The times between the tokens of one trial.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Seconds">From each token to the next, in order.</param>
/// <param name="Source">Whose clock: the target's own for each token, or the arrival at the client.</param>
internal sealed record TokenGaps(int Trial, IReadOnlyList<double> Seconds, TimingSource Source)
{
    /// <summary>The gaps, or why they are unknown. A chunk is not a token: if a chunk contains several tokens, the time of each is
    /// unknown.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="marks">Its marks.</param>
    /// <param name="rules">The thresholds; null for the defaults.</param>
    public static (TokenGaps? Gaps, ExclusionReason? Why) Extract(Trial trial, IReadOnlyList<StreamMark> marks, TrialRules? rules = null)
    {
        rules ??= ReviewRules.Default.Trials;
        var chunks = marks.Where(mark => mark.Kind != MarkKind.Prefill && mark.Tokens != 0).ToList();
        if (chunks.Count < 3)
            return (null, new TooFewChunks(chunks.Count));
        if (chunks.Count(chunk => chunk.Tokens > 1) is > 0 and var several)
            return (null, new SharedChunks(trial.OutputTokens, chunks.Count, several));
        // A target that does not count the tokens of a chunk may still report the total.
        if (chunks.Any(chunk => chunk.Tokens is null)
            && (trial.OutputTokens is not { } tokens || Math.Abs((long)tokens - chunks.Count) > 1))
            return (null, new SharedChunks(trial.OutputTokens, chunks.Count));
        if (trial.AcceptedDraftTokens > 0)
            return (null, new SpeculatedTokens());
        var isNative = chunks.All(chunk => chunk.Native is not null);
        // Tokens with one stamp were not generated at one time, and the gaps before and after them are too long.
        if (!isNative && StreamArrivals.Count(chunks, ArrivalPattern.FindGap(chunks, rules)) is var arrivals
            && arrivals < rules.MinChunkShare * chunks.Count && arrivals < chunks.Count - 1)
            return (null, new BunchedArrivals(chunks.Count, arrivals));
        double[] seconds = [
            .. chunks.Zip(chunks.Skip(1),
                (one, next) => isNative
                    ? Subtract(next.Native!.Value.Ticks, one.Native!.Value.Ticks) / TimeSpan.TicksPerSecond
                    : Subtract(next.Arrived.Nanoseconds, one.Arrived.Nanoseconds) / 1e9)];
        return seconds.Any(gap => gap < 0)
            ? (null, new FallingMarks())
            : (new TokenGaps(trial.Number, seconds, isNative ? TimingSource.Native : TimingSource.Client), null);
    }

    // A file may contain any number, so 64 bits may not be enough.
    private static double Subtract(long from, long part) => (double)((Int128)from - part);
}
