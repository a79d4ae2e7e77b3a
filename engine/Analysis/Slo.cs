using MemoryWall.Core.Units;

namespace MemoryWall.Analysis;

/// <summary>A latency limit (service level objective).</summary>
/// <param name="Ttft">The longest time to the first token; absent for none.</param>
/// <param name="InterToken">The longest mean time between tokens; absent for none.</param>
internal sealed record Slo(TimeSpan? Ttft, TimeSpan? InterToken)
{
    /// <summary>Reads <c>ttft=2s,itl=100ms</c>; either part may be left out.</summary>
    /// <exception cref="FormatException">The text is not a limit; the message names the wrong part.</exception>
    public static Slo Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slo = new Slo(null, null);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = part.Split('=', 2, StringSplitOptions.TrimEntries) is [var n, var v] ? (n, v) : (part, "");
            slo = (name, slo) switch
            {
                ("ttft", { Ttft: null }) => slo with { Ttft = Limit(part, value) },
                ("itl", { InterToken: null }) => slo with { InterToken = Limit(part, value) },
                ("ttft" or "itl", _) => throw new FormatException($"'{name}' is given twice"),
                _ => throw new FormatException($"'{part}' is unknown; write ttft=2s, itl=100ms or both, separated by a comma"),
            };
        }
        return slo is { Ttft: null, InterToken: null }
            ? throw new FormatException($"'{text}' contains no limit; write for example ttft=2s,itl=100ms")
            : slo;
    }

    private static TimeSpan Limit(string part, string value) => DurationParser.TryParse(value, out var limit) && limit > TimeSpan.Zero
        ? limit
        : throw new FormatException($"'{part}': '{value}' is not a duration above 0; write for example 2s or 100ms");
}
