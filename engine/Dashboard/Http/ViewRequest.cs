using System.Globalization;
using MemoryWall.Reporting.Live;
using Microsoft.AspNetCore.Http;

namespace MemoryWall.Dashboard.Http;

/// <summary>What a page wants to see.</summary>
/// <param name="Runs">The ids; empty for what is measured now.</param>
/// <param name="Layout">How the cards are placed.</param>
/// <param name="Speed">The speed of a replay; null for the present.</param>
/// <param name="From">Seconds after the beginning from which a replay starts.</param>
internal sealed record ViewRequest(IReadOnlyList<string> Runs, LiveLayout Layout, double? Speed, double From)
{
    private const double MinSpeed = 1;
    private const double MaxSpeed = 50;

    // More systems side by side are not readable.
    private const int MaxRuns = 4;

    /// <summary>Reads the query of a request.</summary>
    public static ViewRequest Parse(IQueryCollection query) => new(
        [.. query["runs"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()
            .Take(MaxRuns)],
        query["layout"] == "phone" ? LiveLayout.Phone : LiveLayout.Screen,
        ParseNumber(query["replay"].ToString()) is { } speed ? Math.Clamp(speed, MinSpeed, MaxSpeed) : null,
        Math.Max(0, ParseNumber(query["from"].ToString()) ?? 0));

    private static double? ParseNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
