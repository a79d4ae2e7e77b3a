using System.Text.RegularExpressions;

namespace MemoryWall.Cli.Tests;

/// <summary>Numbers of a stored plan that no plan of this program has: they are named before its steps are made.</summary>
public sealed partial class StoredPlanTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData("kv-f16", -3, "repetitions: -3 is too few; give 1 or more")]
    [InlineData("kv-f16", 2_000_000_000, "give at most 1000000 steps")]
    [InlineData("sessions-ram", -3, "repetitions: -3 is too few; give 1 or more")]
    [InlineData("sessions-ram", 2_000_000_000, "repetitions: 2000000000 of each context and level are 4000000001 steps")]
    public async Task Resume_RepetitionsBeyondReason_AreNamed(string sample, int repetitions, string message)
    {
        var copy = RunsFolder.CopySample(sample, _runs.Path);
        var manifest = Path.Combine(copy, "run.json");
        await File.WriteAllTextAsync(manifest, Repetitions().Replace(await File.ReadAllTextAsync(manifest), $"$1 {repetitions}", 1),
            TestContext.Current.CancellationToken);

        using var resume = await InProcess.RunAsync("sweep", "--resume", Path.GetFileName(copy), "--runs", _runs.Path);

        Assert.Equal(3, resume.ExitCode);
        Assert.Contains(message, resume.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [GeneratedRegex("(\"repetitions\":)\\s*\\d+")]
    private static partial Regex Repetitions();
}
