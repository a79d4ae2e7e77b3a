using System.Text.RegularExpressions;

namespace MemoryWall.Engine.Tests;

/// <summary>Reads the sources: files of runs are opened, and terminals and standard output written, in one way only.</summary>
public sealed partial class ForeignFileSourceTests
{
    /// <summary>Lines that write no text from elsewhere, or one that is already clean: JSON escapes every letter beyond ASCII.</summary>
    private static readonly string[] s_cleanOutputs =
    [
        "ToJsonString(FactsJson", "JsonSerializer.Serialize(", "SafeText.", "SchemaMarkdown.Format", "WriteLine(tokens)",
        "Stopping. What was measured", "server.AddressOf(",
    ];

    [Theory]
    [InlineData("Runs")]
    [InlineData("Sweeps/Live")]
    [InlineData("Audit")]
    [InlineData("Models/Paged")]
    [InlineData("Models/Gguf/GgufReader.cs")]
    public void Sources_FilesOfRuns_AreOpenedByOneOpener(string folder) => Assert.Empty(FindLines(folder, Opener()));

    [Fact]
    public void Sources_Terminals_GetCleanTextOnly()
    {
        var found = new[] { "Cli", "Dashboard", "Notebooks", "Reporting", "Sweeps", "Export" }
            .SelectMany(folder => FindLines(folder, DirectWrite()))
            .Where(line => !s_cleanOutputs.Any(clean => line.Contains(clean, StringComparison.Ordinal)));

        Assert.Empty(found);
    }

    [Fact]
    public void Sources_ControlCharacters_AreKnownInOnePlace()
    {
        var found = FindLines("", ControlCheck()).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]).Distinct();

        Assert.Equal(["Core/Primitives/SafeText.cs"], found);
    }

    [Fact]
    public void Sources_NewNames_AreGivenInOnePlace()
    {
        var found = FindLines("", MoveToNewName()).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]).Distinct();

        Assert.Equal(["Core/Files/NewFileName.cs"], found);
    }

    private static IEnumerable<string> FindLines(string folder, Regex pattern)
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var engine = Path.Combine(Repository.Root, "engine");
        var path = Path.Combine(engine, folder);
        var files = File.Exists(path) ? [path] : Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories);
        return files
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file).Where(line => pattern.IsMatch(line))
                .Select(line => $"{Path.GetRelativePath(engine, file).Replace('\\', '/')}: {line.Trim()}"));
    }

    [GeneratedRegex(@"new FileStream\(|\bFile\.(Open|OpenRead|OpenWrite|OpenHandle|Create|CreateText|OpenText"
        + @"|Append\w+|Read\w+|Write\w+|Copy)\(|ZipFile\.Open")]
    private static partial Regex Opener();

    [GeneratedRegex(@"Console\.(Out|Error)\.Write|Console\.Write|System\.Console\.")]
    private static partial Regex DirectWrite();

    [GeneratedRegex(@"char\.IsControl")]
    private static partial Regex ControlCheck();

    [GeneratedRegex(@"\bFile\.Move\((?!.*overwrite: true)|\.MoveTo\(")]
    private static partial Regex MoveToNewName();
}
