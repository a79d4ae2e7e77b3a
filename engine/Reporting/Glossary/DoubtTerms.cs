namespace MemoryWall.Reporting.Glossary;

/// <summary>What each doubt means. One text for the terminal and for <c>data/README.md</c>.</summary>
internal static class DoubtTerms
{
    /// <summary>All doubts by the names of their kinds, in the order in which they are shown.</summary>
    public static IReadOnlyList<GlossaryTerm> All { get; } =
    [
        new("early_stop", "The answer has fewer tokens than requested."),
        new("too_short_for_rate", "There are too few tokens, or no time, for a generation rate."),
        new("cache_hit", "The target reported cached prompt tokens."),
        new("suspected_cache_hit", "Prefill was implausibly fast."),
        new("cold_prefix", "With a prompt cache on purpose, another trial of the context found more of its prompt in it."),
        new("queued", "The request waited for another one."),
        new("context_capped", "The target gave less context than requested, or dropped tokens of it."),
        new("count_unreported", "The target did not report its count of the prompt's tokens."),
        new("reloaded", "The model was loaded again inside the timed request."),
        new("clocks_disagree", "The client's clock and the server's report differ by more than the tolerance."),
        new("interference", "Other programs used the machine during the trial, or it was throttled."),
        new("reasoning", "Reasoning tokens came before the first content token."),
        new("shared_server", "By its own report the server processed other requests at the same time."),
        new("buffered", "The answer arrived at once or in a few large pieces. Where the target reports no durations there are no "
            + "rates; where it does, only TTFT is false."),
        new("excess_reuse", "In a conversation, the target reported more reused tokens than any request before had computed."),
        new("count_mismatch", "In a conversation, the target counted other prompt tokens than the conversation has."),
        new("superseded", "The level of conversations was interrupted and measured again with new texts; this turn is of the attempt "
            + "before."),
    ];
}
