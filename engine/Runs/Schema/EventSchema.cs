using MemoryWall.Core.Tables;

namespace MemoryWall.Runs.Schema;

/// <summary>The fields of a line of <c>events.jsonl</c>.</summary>
internal static class EventSchema
{
    public static IReadOnlyList<FieldDoc> Fields { get; } =
    [
        new("at_seconds", "s, clock", "When it happened.", FieldDoc.Never),
        new("kind", "",
            "What happened: `started`, `resumed`, `trial_started`, `target_restarted`, `ended`, `note` and others.",
            FieldDoc.Never),
        new("message", "", "What happened, as a sentence for people.", FieldDoc.Never),
        new("trial", "", "The number of the trial that it belongs to.", "It belongs to no trial."),
    ];
}
