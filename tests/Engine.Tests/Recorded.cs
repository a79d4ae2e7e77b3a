namespace MemoryWall.Engine.Tests;

/// <summary>Files recorded on real machines, embedded in the tests.</summary>
internal static class Recorded
{
    public static string Text(string name)
    {
        using var stream = typeof(Recorded).Assembly.GetManifestResourceStream($"Recorded/{name}")
            ?? throw new InvalidOperationException($"no recorded file '{name}'");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public static IEnumerable<string> Lines(string name) =>
        Text(name).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
