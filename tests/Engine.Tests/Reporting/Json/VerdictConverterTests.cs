using System.Text.Json;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Reporting.Json;

namespace MemoryWall.Engine.Tests.Reporting.Json;

public sealed class VerdictConverterTests
{
    private static readonly Type[] s_kinds =
        [.. typeof(Verdict).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Verdict)))];

    [Fact]
    public void ToJson_AVerdict_HasItsSentenceAndItsFields()
    {
        var json = ReportJson.ToJson(new SystemReachVerdict("managed", 8192, 12_288, MemoryRegime.OutOfMemory))!.AsObject();

        Assert.Equal(["topic", "sentence", "trials", "kind", "level", "system", "largest_tokens", "fails_at_tokens", "fails_as",
            "thrashes_from_tokens"],
            json.Select(member => member.Key));
        Assert.Equal("managed completes up to 8,192 tokens; at 12,288 it runs out of memory.", (string)json["sentence"]!);
        Assert.Equal(("reach", "system_reach", 8192, "out_of_memory"),
            ((string)json["topic"]!, (string)json["kind"]!, (int)json["largest_tokens"]!, (string)json["fails_as"]!));
    }

    [Fact]
    public void FormatKind_EachVerdict_IsDescribedInTheDataReadme()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root!, "data", "README.md"));

        Assert.NotEmpty(s_kinds);
        Assert.All(s_kinds, type => Assert.Contains(
            $"`{JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name[..^nameof(Verdict).Length])}`", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Verdict_EachKind_IsSealedAndNamedForIt() => Assert.All(s_kinds, type =>
    {
        Assert.True(type.IsSealed);
        Assert.EndsWith(nameof(Verdict), type.Name, StringComparison.Ordinal);
    });
}
