using MemoryWall.Analysis.Walls;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The readings that a memory regime rests on, in words.</summary>
internal static class RegimePhrases
{
    /// <summary>The evidence of a regime: <c>133 MiB from storage for each token, 11.3 times as slow as expected at its
    /// depth</c>.</summary>
    public static string FormatEvidence(TrialRegime regime)
    {
        ArgumentNullException.ThrowIfNull(regime);
        var slow = regime.Slowdown is { } factor ? $", {NumberFormat.Ratio(factor)} times as slow as expected at its depth" : "";
        return regime.Evidence switch
        {
            OutcomeEvidence { OomKills: { } kills } => OutcomePhrases.FormatKill(kills),
            OutcomeEvidence outcome => WordFormat.SingleLine(outcome.Detail),
            PagingEvidence paging => $"{WordFormat.SingleLine(paging.Detail)}; in that phase {FormatPaging(paging)}",
            StreamingEvidence streaming => $"the storage tier streams {NumberFormat.Bytes(streaming.Bytes)}{slow}",
            StorageReadEvidence reads when regime.Regime == MemoryRegime.InMemory => FormatPerToken(reads),
            StorageReadEvidence reads => $"{FormatPerToken(reads)}{slow}{FormatRefaults(reads)}",
            PrefillReadEvidence prefill => $"{NumberFormat.Bytes(prefill.Bytes)} from storage during prefill{slow}",
            OffloadEvidence when regime.Regime == MemoryRegime.InMemory => "everything is on the accelerator",
            OffloadEvidence offload => $"{NumberFormat.Bytes(offload.ResidentBytes - offload.AcceleratorBytes)} of "
                + $"{NumberFormat.Bytes(offload.ResidentBytes)} are not on the accelerator{slow}",
            SpeedEvidence { IsAsExpected: true } => $"as fast as expected at its depth; the server's memory cannot be read{slow}",
            SpeedEvidence { IsAsExpected: false } => $"the server's memory cannot be read{slow}",
            _ => "the server's memory cannot be read, and how fast it should be at this depth is not known",
        };
    }

    private static string FormatPaging(PagingEvidence paging)
    {
        string?[] parts =
        [
            paging.ReadBytes is { } read ? $"{NumberFormat.Bytes(read)} were read from storage" : null,
            paging.FileRefaults is > 0 and var files
                ? $"{NumberFormat.Tokens(files)} evicted file pages were read again"
                : null,
            paging.AnonymousRefaults is > 0 and var pages
                ? $"{NumberFormat.Tokens(pages)} evicted anonymous pages were swapped in again"
                : null,
            paging.LimitHits is > 0 and var hits ? $"the memory limit was hit {NumberFormat.Tokens(hits)} times" : null,
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    private static string FormatPerToken(StorageReadEvidence reads) =>
        $"{(reads is { IsLowerBound: true, BytesPerToken: > 0 } ? "at least " : "")}{NumberFormat.Bytes(reads.BytesPerToken)} "
            + "from storage for each token";

    private static string FormatRefaults(StorageReadEvidence reads) => reads switch
    {
        { AnonymousRefaults: > 0 and var pages } =>
            $"; {NumberFormat.Tokens(pages)} evicted anonymous pages were swapped in again",
        { FileRefaults: > 0 and var pages } => $"; {NumberFormat.Tokens(pages)} evicted file pages were read again",
        { SwapBytes: > 0 and var swapped } => $"; {NumberFormat.Bytes(swapped)} of the server are in swap",
        _ => "",
    };
}
