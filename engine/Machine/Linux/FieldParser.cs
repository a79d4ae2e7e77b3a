using System.Globalization;

namespace MemoryWall.Machine.Linux;

/// <summary>Parses fields of the kernel's text files, for files that are read once. Malformed text yields null.</summary>
internal static class FieldParser
{
    /// <summary>The rest of the first line that begins with a name, after its colon or blank.</summary>
    public static string? FindValue(string? text, string name)
    {
        foreach (var line in (text ?? "").AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(name, StringComparison.Ordinal))
                continue;
            var rest = line[name.Length..];
            if (rest.Length > 0 && (rest[0] is ':' or ' ' or '\t'))
                return rest.TrimStart(": \t").Trim().ToString();
        }
        return null;
    }

    /// <summary>A whole number, 0 or more.</summary>
    public static long? ParseWholeNumber(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The processors of a list such as <c>0-3,8,10-11</c>; empty where the text is no such list. At most 65,536.</summary>
    public static IReadOnlySet<int> ParseCpuList(string? text)
    {
        var cpus = new HashSet<int>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || ParseWholeNumber(ends[0]) is not { } first || ParseWholeNumber(ends[^1]) is not { } last
                || last >= 65_536 || first > last)
                return new HashSet<int>();
            for (var cpu = (int)first; cpu <= last; cpu++)
                cpus.Add(cpu);
        }
        return cpus;
    }
}
