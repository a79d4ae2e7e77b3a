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
