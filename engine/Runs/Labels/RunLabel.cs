namespace MemoryWall.Runs.Labels;

/// <summary>What a user says about a run. It is data of any characters and changes no fact of the run.</summary>
internal sealed record RunLabel
{
    /// <summary>The longest label in characters: it has to fit into a row of a table.</summary>
    public const int MaxLabelLength = 80;

    /// <summary>The longest note in characters.</summary>
    public const int MaxNoteLength = 2000;

    /// <summary>The run's name; null for none.</summary>
    public string? Label { get; init; }

    /// <summary>A note; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>Whether lists leave the run out.</summary>
    public bool IsArchived { get; init; }

    /// <summary>A label as a user wrote it; null where it is blank.</summary>
    /// <exception cref="FormatException">It is too long.</exception>
    public static string? ParseLabel(string? text) => Parse(text, "label", MaxLabelLength);

    /// <summary>A note as a user wrote it; null where it is blank.</summary>
    /// <exception cref="FormatException">It is too long.</exception>
    public static string? ParseNote(string? text) => Parse(text, "note", MaxNoteLength);

    private static string? Parse(string? text, string what, int maxLength) => text?.Trim() switch
    {
        null or "" => null,
        { } known when known.Length <= maxLength => known,
        { } known => throw new FormatException(
            FormattableString.Invariant($"the {what} has {known.Length} characters; write at most {maxLength}")),
    };
}
