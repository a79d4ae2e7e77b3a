using MemoryWall.Core.Trials;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.Trial>;

namespace MemoryWall.Runs.Schema;

/// <summary>
/// The columns of <c>trials.csv</c> in runs of schema 1. Their flags contain doubts besides the kind of trial. They are kept as statements
/// of the file, because the observation that a doubt rests on is not always in a column of its own.
/// </summary>
internal static class TrialSchema1
{
    private static readonly string[] s_added =
    [
        "given_window_tokens", "draft_tokens", "accepted_draft_tokens", "arrivals", "first_arrival_chunks", "dropped_tokens", "prompt_as",
        "request_sent_after_seconds", "server_tokenization_seconds", "server_first_token_seconds",
    ];

    // The depth that was not computed is in the columns method and jumped_prompt_tokens.
    private const string SyntheticDepth = "sampled";

    private static readonly string[] s_doubts =
    [
        "early_stop", "too_short_for_rate", "cache_hit", "suspected_cache_hit", "queued", "context_capped", "count_unreported", "reloaded",
        "clocks_disagree", "disturbed", "reasoning", "shared_server", "buffered",
    ];

    private static readonly Column s_flags = Column.Words("flags", "", t => t.Flags.Names(),
        (t, v) => t with { Flags = TrialFlagNames.Parse(v), ClaimedDoubts = [.. v.Where(s_doubts.Contains)] },
        name => TrialFlagNames.TryParse(name, out _) || s_doubts.Contains(name) || name == SyntheticDepth);

    /// <summary>In the order of the file.</summary>
    public static IReadOnlyList<Column> Columns { get; } =
        [.. TrialSchema.Columns.Where(column => !s_added.Contains(column.Name))
            .Select(column => column.Name == s_flags.Name ? s_flags : column)];
}
