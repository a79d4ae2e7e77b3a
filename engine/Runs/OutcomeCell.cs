using System.Text.Json;
using MemoryWall.Core.Trials;

namespace MemoryWall.Runs;

/// <summary>An outcome as JSON in one cell, without loss; its foreign words are bounded before, so that the JSON stays whole.</summary>
internal static class OutcomeCell
{
    public static string Encode(Outcome outcome) => JsonSerializer.Serialize(Truncate(outcome), FactsJson.SingleLine);

    /// <summary>The outcome of a row, from its JSON; else what can be known from its name and its sentence.</summary>
    public static Outcome Decode(string json, string? kind, string? detail, string where, ReadWarningCollector findings)
    {
        try
        {
            // A property that is missing arrives as null, whatever the type promises: asking for the sentence finds out.
            if (json.Length > 0 && JsonSerializer.Deserialize<Outcome>(json, FactsJson.SingleLine) is { Detail: not null } outcome)
                return outcome;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // A kind of a newer version; reported below.
        }
        if (json.Length == 0 && kind is "completed")
            return new Completed();
        if (json.Length == 0 && kind is "cancelled")
            return new Cancelled();
        findings.Add($"{where}: its outcome '{kind}' cannot be read in full and is kept in its own words");
        return new UnknownOutcome(kind ?? "", detail ?? "");
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
