using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Http;

/// <summary>
/// Parses <c>keep_alive</c>, the time for which the model stays loaded after a request: seconds as a number, or a duration in Go's format
/// (<c>5m</c>, <c>1h30m</c>). If it is absent or below 0, the model stays loaded until a request unloads it.
/// </summary>
internal static partial class KeepAliveParser
{
    // A timer is limited to about 49 days, so longer times mean no limit.
    private const double MaxSeconds = 30 * 24 * 3600;

    /// <summary>The time; null for no limit.</summary>
    public static TimeSpan? Parse(JsonElement? value)
    {
        var seconds = value switch
        {
            null => -1,
            { ValueKind: JsonValueKind.Number } number when number.TryGetDouble(out var plain) => plain,
            { ValueKind: JsonValueKind.String } text when ParseSeconds(text.GetString()!) is { } duration => duration,
            var other =>
                throw new RefusedException(400,
                    $"keep_alive: {other.Value.GetRawText()} is neither seconds as a number nor a duration such as 5m or -1"),
        };
        return seconds is < 0 or > MaxSeconds ? null : TimeSpan.FromSeconds(seconds);
    }

    private static double? ParseSeconds(string text)
    {
        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var plain))
            return plain;
        if (DurationRegex().Match(text) is not { Success: true } match)
            return null;
        var sum = match.Groups["number"].Captures.Zip(match.Groups["unit"].Captures, (number, unit) =>
            double.Parse(number.ValueSpan, CultureInfo.InvariantCulture) * (unit.Value switch
            {
                "h" => 3600,
                "m" => 60,
                "s" => 1,
                "ms" => 1e-3,
                "us" or "µs" => 1e-6,
                _ => 1e-9
            })).Sum();
        return match.Groups["sign"].Value == "-" ? -sum : sum;
    }

    [GeneratedRegex(@"^(?<sign>[-+]?)((?<number>[0-9]+(\.[0-9]+)?)(?<unit>h|ms|m|s|us|µs|ns))+$", RegexOptions.CultureInvariant)]
    private static partial Regex DurationRegex();
}
