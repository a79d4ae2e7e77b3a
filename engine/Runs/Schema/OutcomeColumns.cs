using System.Text.Json;
using MemoryWall.Core.Trials;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.Trial>;

namespace MemoryWall.Runs.Schema;

/// <summary>
/// How a trial ended, in three columns that are read together: the name and the sentence for people, and JSON without loss. Words of
/// other programs are truncated before they are serialized, so that the JSON stays whole.
/// </summary>
internal static class OutcomeColumns
{
    private static readonly Column s_kind = Column.Word("outcome",
        "How the trial ended: `completed`, `out_of_memory`, `thrashing`, `timed_out`, `refused`, `truncated`, `miscounted`, "
            + "`protocol_broken`, `target_died`, `cancelled`, or `unknown` for a name that this version does not know. "
            + "`thrashing` is in runs of schema 1 only: later ones store `timed_out`, and the memory regime is derived.",
        Column.Never, t => t.Outcome.Kind);

    private static readonly Column s_detail = Column.Text("outcome_detail", "One sentence with the evidence.",
        "There is nothing to add to `completed`.", t => t.Outcome.Detail is { Length: > 0 } detail ? detail : null);

    private static readonly Column s_json = Column.Word("outcome_json", "The outcome as JSON, without loss.", Column.Never,
        t => Encode(t.Outcome));

    public static IReadOnlyList<Column> All { get; } = [s_kind, s_detail, s_json];

    /// <summary>The outcome of a row, from its JSON where that can be read, else from its name and its sentence.</summary>
    public static Outcome Read(CsvTableReader row, ReadWarningCollector warnings)
    {
        var json = row.GetRaw(s_json.Name);
        if (Decode(json) is { } outcome)
            return outcome;
        var kind = TextCell.Decode(row.GetRaw(s_kind.Name));
        if (json.Length == 0 && kind is "completed")
            return new Completed();
        if (json.Length == 0 && kind is "cancelled")
            return new Cancelled();
        warnings.Add($"{row.Location}: this version cannot read the outcome '{kind}' in full and keeps its text");
        return new UnknownOutcome(kind ?? "", TextCell.Decode(row.GetRaw(s_detail.Name)) ?? "");
    }

    private static string Encode(Outcome outcome) => JsonSerializer.Serialize(Truncate(outcome), FactsJson.SingleLine);

    private static Outcome? Decode(string json)
    {
        if (json.Length == 0)
            return null;
        try
        {
            // A missing property arrives as null, whatever its type promises. Reading the sentence finds out.
            return JsonSerializer.Deserialize<Outcome>(json, FactsJson.SingleLine) is { Detail: not null } outcome ? outcome : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // The JSON is damaged, or the kind is of a newer version.
            return null;
        }
    }

    private static Outcome Truncate(Outcome outcome) => outcome switch
    {
        OutOfMemory o => o with { Evidence = TextCell.Truncate(o.Evidence) },
        Thrashing o => o with { Evidence = TextCell.Truncate(o.Evidence) },
        Refused o => o with { Text = TextCell.Truncate(o.Text) },
        ProtocolViolation o => o with { Reason = TextCell.Truncate(o.Reason) },
        TargetDied o => o with { Evidence = TextCell.Truncate(o.Evidence) },
        UnknownOutcome o => o with { Name = TextCell.Truncate(o.Name), Text = TextCell.Truncate(o.Text) },
        _ => outcome,
    };
}
