using MemoryWall.Core.Trials;
using MemoryWall.Runs;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class DataReadmeTests
{
    [Fact]
    public void Readme_EveryColumnFlagAndMark_IsDocumented()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Analysis.sln")))
            folder = folder.Parent;
        Assert.SkipWhen(folder is null, "the tests run outside the repository");
        var text = File.ReadAllText(Path.Combine(folder!.FullName, "data", "README.md"));
        Assert.All([.. TrialsFile.ColumnNames, .. TokensFile.ColumnNames],
            column => Assert.Contains($"\n| `{column}` |", text, StringComparison.Ordinal));
        Assert.All(Enum.GetValues<TrialFlags>().SelectMany(flag => flag.Names()),
            flag => Assert.Contains($"`{flag}`", text, StringComparison.Ordinal));
        Assert.All(Enum.GetNames<MarkKind>(), kind => Assert.Contains($"`{kind.ToLowerInvariant()}`", text, StringComparison.Ordinal));
    }
}
