using System.Globalization;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Reads numbers from a page in Prometheus' text format: one sample per line, <c>name{label="value"} number</c>. A metric has one sample
/// for each set of labels (each engine, each model). Lines that are not samples, and numbers that are not finite, are ignored.
/// </summary>
internal static class PrometheusText
{
    /// <summary>All samples of the first of these names that the page contains; empty where it contains none of them.</summary>
    public static IReadOnlyList<double> ReadSamples(string page, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var samples = new List<double>();
            foreach (var line in page.AsSpan().EnumerateLines())
            {
                if (Value(line, name) is { } value)
                    samples.Add(value);
            }
            if (samples.Count > 0)
                return samples;
        }
        return [];
    }

    private static double? Value(ReadOnlySpan<char> line, string name)
    {
        if (!line.StartsWith(name, StringComparison.Ordinal))
            return null;
        var rest = line[name.Length..];
        if (rest.StartsWith("{", StringComparison.Ordinal))
        {
            // A label's value can contain a brace. The last brace ends the labels, since a number has none.
            var end = rest.LastIndexOf('}');
            if (end < 0)
                return null;
            rest = rest[(end + 1)..];
        }
        else if (!rest.StartsWith(" ", StringComparison.Ordinal) && !rest.StartsWith("\t", StringComparison.Ordinal))
        {
            return null;
        }
        // A timestamp can follow the number.
        rest = rest.Trim();
        var space = rest.IndexOfAny(' ', '\t');
        return double.TryParse(space < 0 ? rest : rest[..space], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) ? value : null;
    }
}
