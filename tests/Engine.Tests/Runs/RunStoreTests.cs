using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class RunStoreTests
{
    private const string Id = "20260131-142530-7f3a91c2";

    [Fact]
    public void Read_WrittenRun_GivesEverythingBack()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(Path.Combine(root.Path, "not", "yet"));
        var events = new[] { new RunEvent(new Instant(1), "started", "hello\n\"world\" é"),
            new RunEvent(new Instant(2_000_000_003), "trial_started", "", 1) };
        using (var writer = store.Create(StoreSamples.Manifest()))
        {
            Assert.Equal(1, writer.NextTrialNumber);
            writer.AppendEvent(events[0]);
            writer.AppendEvent(events[1]);
            writer.AppendTrial(StoreSamples.Trial(1), StoreSamples.Marks(1));
            writer.AppendTrial(StoreSamples.Trial(2), []);
            Assert.Equal(3, writer.NextTrialNumber);
        }
        var run = store.Read(Id);
        Assert.Equal(JsonSerializer.Serialize(StoreSamples.Manifest(), FactsJson.SingleLine),
            JsonSerializer.Serialize(run.Manifest, FactsJson.SingleLine));
        Assert.Equal([StoreSamples.Trial(1), StoreSamples.Trial(2)], run.Trials);
        Assert.Equal(events, run.Events);
        Assert.Equal(StoreSamples.Marks(1), Assert.Single(run.Marks).Value);
        Assert.Empty(run.ReadWarnings);
        Assert.Empty(store.Read(Id, withMarks: false).Marks);
    }

    [Fact]
    public void Read_WhileBeingWritten_SeesWhatIsCommitted()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        using var writer = store.Create(StoreSamples.Manifest());
        writer.AppendTrial(StoreSamples.Trial(1), StoreSamples.Marks(1));
        Assert.Single(store.Read(Id).Trials);
        Assert.Equal(1, Assert.Single(store.List()).Trials);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../secret")]
    [InlineData("a/b")]
    [InlineData(@"a\b")]
    [InlineData("/etc")]
    [InlineData("C:")]
    [InlineData("con")]
    [InlineData("a\0b")]
    [InlineData("a\n")]
    [InlineData("-rf")]
    [InlineData("run.json")]
    public void AnyCall_IdThatIsNoFolderName_IsRefused(string id)
    {
        using var root = new TemporaryRoot();
        Directory.CreateDirectory(Path.Combine(root.Path, "secret"));
        var store = new RunStore(Path.Combine(root.Path, "runs"));
        Assert.Throws<StoreException>(() => store.Read(id));
        Assert.Throws<StoreException>(() => store.Resume(id));
        Assert.Throws<ArgumentException>(() => store.Create(StoreSamples.Manifest(id)));
        Assert.False(Directory.Exists(Path.Combine(root.Path, "runs")));
    }

    [Fact]
    public void Read_BeginningOfAnId_IsEnoughWhereItIsUnique()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        foreach (var id in new[] { "20260131-142530-aaaa", "20260131-142530-aabb", "20260131-142530-aa", "20260201-000000-cccc" })
            store.Create(StoreSamples.Manifest(id)).Dispose();
        Assert.Equal("20260201-000000-cccc", store.Read("202602").Manifest.RunId);
        Assert.Equal("20260131-142530-aa", store.Read("20260131-142530-aa").Manifest.RunId);
        Assert.Contains("beginning of 3 runs", Assert.Throws<StoreException>(() => store.Read("20260131")).Message,
            StringComparison.Ordinal);
        Assert.Contains($"There is no run '2027' in {store.Root}.", Assert.Throws<StoreException>(() => store.Read("2027")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NewId_ManyInOneSecond_SortByTimeAndDiffer()
    {
        var at = new DateTimeOffset(2026, 1, 31, 16, 25, 30, TimeSpan.FromHours(2));
        var ids = Enumerable.Range(0, 1000).Select(_ => RunStore.NewId(at)).ToHashSet();
        Assert.Equal(1000, ids.Count);
        Assert.All(ids, id => Assert.Matches("^20260131-142530-[0-9a-f]{8}$", id));
    }

    [Fact]
    public void Create_IdThatIsTaken_IsRefusedAndTheFirstStays()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        using (var first = store.Create(StoreSamples.Manifest()))
        {
            Assert.Contains("exists already", Assert.Throws<StoreException>(() => store.Create(StoreSamples.Manifest())).Message,
                StringComparison.Ordinal);
            first.AppendTrial(StoreSamples.Trial(1), []);
        }
        Assert.Throws<StoreException>(() => store.Create(StoreSamples.Manifest()));
        Assert.Single(store.Read(Id).Trials);
    }

    [Fact]
    public async Task Create_ManyAtOnceWithOneId_OneWins()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        var tries = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() =>
        {
            try
            {
                return store.Create(StoreSamples.Manifest());
            }
            catch (StoreException)
            {
                return null;
            }
        })));
        Assert.Single(tries, writer => writer is not null)!.AppendTrial(StoreSamples.Trial(1), []);
        foreach (var writer in tries)
            writer?.Dispose();
        Assert.Single(store.Read(Id).Trials);
    }

    [Fact]
    public void List_RunsAndBrokenFolders_NewestFirstWithProblems()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        Assert.Empty(new RunStore(Path.Combine(root.Path, "absent")).List());
        using (var writer = store.Create(StoreSamples.Manifest("20260101-000000-aaaa")))
        {
            writer.AppendTrial(StoreSamples.Trial(1) with { Flags = TrialFlags.Warmup }, []);
            writer.AppendTrial(StoreSamples.Trial(2), []);
            writer.AppendTrial(StoreSamples.Trial(3), []);
        }
        store.Create(StoreSamples.Manifest("20260102-000000-bbbb")).Dispose();
        Directory.CreateDirectory(Path.Combine(root.Path, "20260103-000000-cccc"));
        Directory.CreateDirectory(Path.Combine(root.Path, ".hidden"));
        File.WriteAllText(root.File("20260102-000000-bbbb", "run.json"), "{\"schema_version\":1}");
        var runs = store.List();
        Assert.Equal(["20260103-000000-cccc", "20260102-000000-bbbb", "20260101-000000-aaaa"], runs.Select(run => run.Id));
        Assert.Contains("missing", runs[0].Problem, StringComparison.Ordinal);
        Assert.Contains("cannot be read as a manifest", runs[1].Problem, StringComparison.Ordinal);
        Assert.Equal((3, 1, null), (runs[2].Trials, runs[2].Completed, runs[2].Problem));
    }

    [Fact]
    public void Read_NewerSchema_IsReadAsFarAsUnderstoodAndNotGoneOnWith()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        var layers = new LayerShape[] { new AttentionLayer(6, 2, 64, 64), new AttentionLayer(6, 2, 64, 64) };
        var shape = new ModelShape { Architecture = "llama", EmbeddingLength = 384, Layers = layers };
        using (var writer = store.Create(StoreSamples.Manifest() with { Target = StoreSamples.Manifest().Target with { Shape = shape } }))
            writer.AppendTrial(StoreSamples.Trial(1), []);
        Change(root.File(Id, "run.json"), json =>
        {
            json["schema_version"] = 99;
            json["mood"] = "sunny";
            json["plan"]!["order"] = "spiral";
            json["plan"]!["limits"]!["silence_seconds"] = 1e300;
            json["machine"]!["physical_cores"] = "two";
            json["target"]!["shape"]!["layers"]![1]!["kind"] = "holographic";
        });
        var run = store.Read(Id);
        Assert.Equal((99, "embedded", TrialOrder.Shuffled),
            (run.Manifest.SchemaVersion, run.Manifest.Plan.Target, run.Manifest.Plan.Order));
        Assert.Null(run.Manifest.Target.Shape);
        Assert.Single(run.Trials);
        Assert.Equal(6, run.ReadWarnings.Count);
        Assert.Contains("run.json: schema 99 is newer than 2; the file is read as far as this version understands it", run.ReadWarnings);
        Assert.Contains("run.json: this version does not understand plan.order and ignores it", run.ReadWarnings);
        Assert.Contains("newer", Assert.Throws<StoreException>(() => store.Resume(Id)).Message, StringComparison.Ordinal);
        Assert.Equal(99, store.Read(Id).Manifest.SchemaVersion);
    }

    [Fact]
    public void Upgrade_OlderSchema_TakesEachStepFromThere()
    {
        var taken = new List<int>();
        Action<JsonObject>[] steps = [_ => taken.Add(1), _ => taken.Add(2), _ => taken.Add(3)];
        var findings = new ReadWarningCollector();
        ManifestFile.Upgrade(new JsonObject { ["schema_version"] = 2 }, steps, findings);
        Assert.Equal([2, 3], taken);
        Assert.Empty(findings.ToList());
        ManifestFile.Upgrade([], steps, findings);
        Assert.Equal([2, 3], taken);
        Assert.Contains("schema_version is not a number", Assert.Single(findings.ToList()), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingTables_IsAnEmptyRunWithFindings()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        store.Create(StoreSamples.Manifest()).Dispose();
        foreach (var name in new[] { "trials.csv", "tokens.csv", "events.jsonl" })
            File.Delete(root.File(Id, name));
        Assert.Equal(
            ["trials.csv: the file is missing", "tokens.csv: the file is missing", "events.jsonl: the file is missing"],
            store.Read(Id).ReadWarnings);
        using (var writer = store.Resume(Id))
            writer.AppendTrial(StoreSamples.Trial(1), StoreSamples.Marks(1));
        Assert.Empty(store.Read(Id).ReadWarnings);
    }

    [Fact]
    public void Read_RunJsonThatIsNone_IsAStoreException()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        store.Create(StoreSamples.Manifest()).Dispose();
        foreach (var text in new[] { "", "{", "[]", "null", "\0\0\0", new string('[', 100_000), "{\"plan\":{\"contexts\":[{}]}}" })
        {
            File.WriteAllText(root.File(Id, "run.json"), text);
            Assert.Throws<StoreException>(() => store.Read(Id));
        }
        using (var large = File.OpenWrite(root.File(Id, "run.json")))
            large.SetLength(17 << 20);
        Assert.Contains("larger than 16 MiB", Assert.Throws<StoreException>(() => store.Read(Id)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyTextInTheManifest_ComesBackAsWritten()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        var details = new Dictionary<string, string> { ["Näme \"\n"] = "</script>\u001b[31m" };
        store.Create(StoreSamples.Manifest() with { Target = StoreSamples.Manifest().Target with { Details = details } }).Dispose();
        Assert.Equal(details, store.Read(Id).Manifest.Target.Details);
        var raw = File.ReadAllText(root.File(Id, "run.json"), Encoding.UTF8);
        Assert.DoesNotContain("</script>", raw, StringComparison.Ordinal);
    }

    private static void Change(string path, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
