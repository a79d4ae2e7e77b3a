using System.Runtime.CompilerServices;

namespace MemoryWall.Tests;

/// <summary>
/// Texts that users see, stored in the folder <c>Golden</c> next to the test that compares them. With the environment variable
/// <c>MEMWALL_GOLDEN=write</c> the tests write the files instead; the diff then shows what changed.
/// </summary>
internal static class GoldenFile
{
    private const string Variable = "MEMWALL_GOLDEN";
    private const int ContextLines = 2;
    private const int MaxLines = 40;

    /// <summary>Renders a text in the invariant culture and in one with a decimal comma; both must be equal to the stored text.</summary>
    /// <param name="name">The file's name without its extension.</param>
    /// <param name="render">Makes the text.</param>
    /// <param name="source">Path of the calling source file; the compiler fills it in.</param>
    public static void AssertEqual(string name, Func<string> render, [CallerFilePath] string source = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(source)!, "Golden", name + ".txt");
        var text = Normalize(render());
        if (Environment.GetEnvironmentVariable(Variable) == "write")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        Assert.True(File.Exists(path), $"{path} is missing; run the test with {Variable}=write and check the new file");
        var stored = Normalize(File.ReadAllText(path));
        AssertSame(stored, text, name);
        AssertSame(stored, Normalize(CommaCulture.Run(render)), name + ", with a decimal comma");
    }

    private static void AssertSame(string stored, string text, string name)
    {
        if (text != stored)
            Assert.Fail($"{name} differs from its golden file (- stored, + now; {Variable}=write accepts it):\n{Diff(stored, text)}");
    }

    // The differing lines between the common beginning and the common end, a few lines of context around them.
    private static string Diff(string stored, string text)
    {
        var (old, now) = (stored.Split('\n'), text.Split('\n'));
        var start = old.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        var end = old.Reverse().Zip(now.Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        end = Math.Min(end, Math.Min(old.Length, now.Length) - start);
        string[] lines =
        [
            .. old[Math.Max(0, start - ContextLines)..start].Select(line => "  " + line),
            .. old[start..^end].Take(MaxLines).Select(line => "- " + line),
            .. now[start..^end].Take(MaxLines).Select(line => "+ " + line),
            .. old[^end..].Take(ContextLines).Select(line => "  " + line),
        ];
        return $"line {start + 1}\n{string.Join('\n', lines)}";
    }

    // Ends of padded lines are not visible.
    private static string Normalize(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).TrimEnd('\n') + "\n";
}
