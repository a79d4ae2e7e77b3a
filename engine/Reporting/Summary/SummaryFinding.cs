using System.Text.Json.Serialization;
using MemoryWall.Analysis.Verdicts;

namespace MemoryWall.Reporting.Summary;

/// <summary>One finding of a summary page.</summary>
/// <param name="KeyNumber">The most important number, in a few characters: <c>24% → 95%</c>; without an arrow where no change is
/// shown.</param>
/// <param name="Headline">The finding in one sentence: the model, the numbers, and in brackets the reasons to doubt them.</param>
/// <param name="Details">Limits, intervals and losses that belong to it, one sentence each.</param>
/// <param name="Trials">Numbers of the sweep's trials that it rests on; none where it rests on whole runs.</param>
public sealed record SummaryFinding(string KeyNumber, string Headline, IReadOnlyList<string> Details, IReadOnlyList<int> Trials)
{
    /// <summary>The reasons to doubt it, as the headline states them; none where there are none.</summary>
    public IReadOnlyList<string> Doubts { get; init; } = [];

    /// <summary>What the headline claims.</summary>
    [JsonIgnore]
    internal SummaryClaim Claim { get; init; }

    /// <summary>The verdicts that support the claim; none where nothing is claimed.</summary>
    [JsonIgnore]
    internal IReadOnlyList<Verdict> Support { get; init; } = [];

    /// <summary>Adds the doubts to the headline.</summary>
    internal SummaryFinding WithDoubts(IReadOnlyList<string> doubts) => doubts.Count == 0
        ? this
        : this with { Doubts = doubts, Headline = $"{Headline.TrimEnd('.')} ({string.Join("; ", doubts)})." };
}
