using MemoryWall.Charts;

namespace MemoryWall.Export.Slides;

/// <summary>A slide: its title is a finding.</summary>
internal sealed record Slide
{
    /// <summary>The finding.</summary>
    public required string Title { get; init; }

    /// <summary>A line below the title; null for none.</summary>
    public string? Subtitle { get; init; }

    /// <summary>Sentences as a list; none where the slide shows something else.</summary>
    public IReadOnlyList<string> Points { get; init; } = [];

    /// <summary>A figure; null for none.</summary>
    public Chart? Chart { get; init; }

    /// <summary>A table; null for none.</summary>
    public TextTable? Table { get; init; }

    /// <summary>Small text at the foot; null for none.</summary>
    public string? Foot { get; init; }

    /// <summary>The speaker's notes: what the slide rests on, one paragraph each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
