using System.Globalization;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>Reads and writes the small files of a cgroup folder.</summary>
internal static class CgroupFile
{
    /// <summary>The file's text; null where it cannot be read.</summary>
    public static string? TryRead(string folder, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, name));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>One number; null where the file cannot be read or says <c>max</c>.</summary>
    public static long? Number(string folder, string name) => Number(TryRead(folder, name));

    public static long? Number(string? text) =>
        long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Lines of <c>name number</c>, as memory.stat and memory.events have them; lines of another form are skipped.</summary>
    public static IReadOnlyDictionary<string, long> ParseTable(string? text)
    {
        var table = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in (text ?? "").Split('\n'))
        {
            if (line.Split(' ') is [{ Length: > 0 } name, var value] && Number(value) is { } number)
                table[name] = number;
        }
        return table;
    }

    /// <summary>Writes a value; the kernel's own words on failure.</summary>
    /// <exception cref="CapException">The kernel or the rights of this process say no.</exception>
    public static void Write(string folder, string name, string value)
    {
        var path = Path.Combine(folder, name);
        try
        {
            // These files exist already and must not be truncated or replaced.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(value));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CapException($"{value} could not be written to {path}: {error.Message}");
        }
    }

    public static IReadOnlyList<int> ReadPids(string folder) =>
        [.. (TryRead(folder, "cgroup.procs") ?? "").Split('\n').Select(line => Number(line)).OfType<long>().Select(pid => (int)pid)];
}
