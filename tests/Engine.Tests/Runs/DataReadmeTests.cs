using System.Text.Json;
using MemoryWall.Analysis.Review;
using MemoryWall.Core;
using MemoryWall.Core.Tables;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Lake;
using MemoryWall.Reporting.Schema;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class DataReadmeTests
{
    private static readonly IReadOnlyList<SchemaTable> s_tables = [.. SchemaTables.All, .. LakeSchema.Tables];

    public static TheoryData<string> Tables() => [.. s_tables.Select(table => table.Name)];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Readme_Table_IsTheGeneratedOne(string name)
    {
        var table = s_tables.Single(table => table.Name == name);
        Assert.Equal(SchemaMarkdown.Format(table), SchemaMarkdown.Find(ReadText(), name));
    }

    [Fact]
    public void Readme_TypesOfTheLake_AreTheGeneratedOnes() => Assert.Equal(
        SchemaMarkdown.FormatTypes(LakeSchema.TrialTypes, LakeSchema.TypesOfTrials),
        SchemaMarkdown.Find(ReadText(), LakeSchema.TrialTypes));

    [Fact]
    public void Readme_EveryFlagAndDoubt_IsDocumented() =>
        Assert.All(Enum.GetValues<TrialFlags>().SelectMany(flag => flag.Names()).Concat(Doubt.Kinds),
            flag => Assert.Contains($"`{flag}`", ReadText(), StringComparison.Ordinal));

    [Fact]
    public void Schema_EveryMark_IsDocumented()
    {
        var kind = TokenSchema.Columns.Single(column => column.Name == "kind");
        Assert.All(Enum.GetNames<MarkKind>(),
            name => Assert.Contains($"`{name.ToLowerInvariant()}`", kind.Meaning, StringComparison.Ordinal));
    }

    [Fact]
    public void Schema_FieldsOfJsonFiles_AreThoseThatAreWritten()
    {
        AssertFields(EventSchema.Fields, new RunEvent(new Instant(1), "note", "", 1));
        AssertFields(ManifestSchema.Fields, StoreSamples.Manifest());
    }

    [Fact]
    public void Schema_EveryField_IsDescribedInSentences() =>
        Assert.All(s_tables.SelectMany(table => table.Fields),
            field => Assert.True(field.Meaning.EndsWith('.') && field.Absent.EndsWith('.'), field.Name));

    private static void AssertFields<T>(IReadOnlyList<FieldDoc> fields, T written) => Assert.Equal(
        JsonSerializer.SerializeToElement(written, FactsJson.SingleLine).EnumerateObject().Select(property => property.Name),
        fields.Select(field => field.Name));

    private static string ReadText()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        return File.ReadAllText(Path.Combine(Repository.Root, "data", "README.md"));
    }
}
