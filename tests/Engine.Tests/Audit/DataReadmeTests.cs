using MemoryWall.Audit.Auditing;

namespace MemoryWall.Engine.Tests.Audit;

public sealed class DataReadmeTests
{
    [Fact]
    public void Readme_EveryRule_IsDocumentedWithItsThread()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Analysis.sln")))
            folder = folder.Parent;
        Assert.SkipWhen(folder is null, "the tests run outside the repository");
        var lines = File.ReadAllLines(Path.Combine(folder!.FullName, "data", "README.md"));
        Assert.All(Auditor.Rules,
            rule => Assert.Single(lines,
                line => line.StartsWith($"| `{rule.Key}` |", StringComparison.Ordinal)
                    && line.EndsWith($"| {rule.Value.Issue} |", StringComparison.Ordinal)));
    }
}
