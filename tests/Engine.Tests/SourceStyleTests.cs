namespace MemoryWall.Engine.Tests;

/// <summary>Rules of style that the compiler does not check.</summary>
public sealed class SourceStyleTests
{
    private const int MaxLineLength = 140;

    [Fact]
    public void SourceFiles_EveryLine_HasAtMost140Characters()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var files = SourceFiles(Repository.Root).ToList();

        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(LongLines));
    }

    [Fact]
    public void SourceFiles_Usings_AreSorted()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");

        Assert.Empty(SourceFiles(Repository.Root).Where(file => !AreSorted(ReadUsings(file)))
            .Select(file => Path.GetRelativePath(Repository.Root, file)));
    }

    // Names of the framework come first, aliases last.
    private static bool AreSorted(IReadOnlyList<string> names) => names.SequenceEqual(
        names.OrderBy(name => name.Contains('=', StringComparison.Ordinal))
            .ThenBy(name => name != "System" && !name.StartsWith("System.", StringComparison.Ordinal))
            .ThenBy(name => name, StringComparer.OrdinalIgnoreCase));

    private static List<string> ReadUsings(string file) => [
        .. File.ReadLines(file).TakeWhile(line => !line.StartsWith("namespace", StringComparison.Ordinal))
            .Where(line => line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';')
                && !line.StartsWith("using static ", StringComparison.Ordinal))
            .Select(line => line["using ".Length..^1])];

    private static IEnumerable<string> SourceFiles(string root) =>
        new[] { "engine", "tests" }.SelectMany(folder => SourceFilesBelow(new DirectoryInfo(Path.Combine(root, folder))));

    // Build outputs contain generated code, which has no style.
    private static IEnumerable<string> SourceFilesBelow(DirectoryInfo folder) =>
    [
        .. folder.EnumerateFiles("*.cs").Select(file => file.FullName),
        .. folder.EnumerateDirectories().Where(below => below.Name is not ("obj" or "bin")).SelectMany(SourceFilesBelow),
    ];

    private static IEnumerable<string> LongLines(string file) => File.ReadLines(file)
        .Index()
        .Where(line => line.Item.Length > MaxLineLength)
        .Select(line => $"{Path.GetRelativePath(Repository.Root!, file)}:{line.Index + 1}: {line.Item.Length} characters");
}
