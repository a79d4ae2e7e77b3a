using MemoryWall.Core;
using MemoryWall.Core.Files;
using MemoryWall.Core.Plan;
using MemoryWall.Engine.Tests.Sweeps;
using MemoryWall.Models.Synthetic;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>Runs that somebody else has made: nothing that is in their folder leads out of it.</summary>
public sealed class ForeignRunTests : IDisposable
{
    private const string Id = "20260131-142530-7f3a91c2";
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    public static TheoryData<string> Files =>
        ["run.json", "label.json", "trials.csv", "tokens.csv", "events.jsonl", "telemetry.csv", "telemetry.parquet", "writer.lock",
            "server.log", "live.feed", "run.seal", "trials.csv.torn"];

    [Theory]
    [MemberData(nameof(Files))]
    public void FileOfARun_ALinkElsewhere_IsNeitherReadNorWritten(string name)
    {
        Create(trials: 1);
        var victim = Path.Combine(_root.Path, "victim.txt");
        const string Secret = "a secret line\nwithout an end";
        File.WriteAllText(victim, Secret);
        var link = _root.File(Id, name);
        File.Delete(link);
        File.CreateSymbolicLink(link, victim);
        if (name == "trials.csv.torn")
            File.AppendAllText(_root.File(Id, "trials.csv"), "torn");

        TryEverything();

        Assert.Equal(Secret, File.ReadAllText(victim));
        if (FileFacts.Read(link)?.Kind == FileKind.Link && name is "run.json" or "trials.csv" or "events.jsonl" or "tokens.csv")
            Assert.Contains("is a link", Assert.Throws<StoreException>(() => new RunStore(_root.Path).Read(Id)).Message,
                StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task FileOfARun_APipe_LetsNothingWait(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pipes with a name");
        Create(trials: 1);
        File.Delete(_root.File(Id, name));
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", _root.File(Id, name)))
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);

        // A wait for the pipe's other end would never end.
        await Task.Run(TryEverything, TestContext.Current.CancellationToken)
            .WaitAsync(TestedProgram.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Resume_CopyUnderAnotherName_IsRefusedAndBothStay()
    {
        Create(trials: 1);
        var copy = Copy(Id, "copy");
        var before = Directory.GetFiles(_root.Path, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllText);

        var refused = Assert.Throws<StoreException>(() => new RunStore(_root.Path).Resume("copy"));

        Assert.Contains($"'copy' contains the run '{Id}'", refused.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(copy, RunFiles.Lock));
        foreach (var (file, text) in before.Where(entry => !entry.Key.EndsWith(RunFiles.Lock, StringComparison.Ordinal)))
            Assert.Equal(text, File.ReadAllText(file));
    }

    [Fact]
    public void Resume_FolderThatIsALink_IsRefused()
    {
        Create(trials: 1);
        var other = Directory.CreateDirectory(Path.Combine(_root.Path, "other")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(other, Id), Path.Combine(_root.Path, Id));
        var store = new RunStore(other);

        Assert.Contains("is a link", Assert.Throws<StoreException>(() => store.Resume(Id)).Message, StringComparison.Ordinal);
        Assert.Contains("is a link",
            Assert.Throws<StoreException>(() => store.ChangeLabel(Id, label => label with { Label = "x" })).Message,
            StringComparison.Ordinal);
        Assert.Single(store.Read(Id).Trials);
    }

    [Theory]
    [InlineData("x/..")]
    [InlineData("../x")]
    [InlineData("/etc")]
    [InlineData("")]
    [InlineData("a\\u001b[31mb")]
    public void Read_IdsThatArePaths_AreNotTakenOver(string id)
    {
        Create(trials: 1);
        var manifest = _root.File(Id, "run.json");
        var comparison = "{\"id\": \"" + id + "\", \"shared\": {\"target\": \"embedded\", \"contexts\": [300]}}";
        File.WriteAllText(manifest, File.ReadAllText(manifest)
            .Replace($"\"run_id\": \"{Id}\"", $"\"run_id\": \"{id}\"", StringComparison.Ordinal)
            .Replace("\"comparison\": null", $"\"comparison\": {comparison}", StringComparison.Ordinal));

        var run = new RunStore(_root.Path).Read(Id);

        Assert.Equal(Id, run.Manifest.RunId);
        Assert.Null(run.Manifest.Comparison);
        Assert.DoesNotContain(run.ReadWarnings, warning => warning.Any(char.IsControl));
        using var named = RunSources.Open(new RunStore(_root.Path), [Path.Combine(_root.Path, Id)]);
        Assert.Equal(Id, named.Runs.Single().Id);
    }

    [Fact]
    public void RunSeal_OwnRun_HoldsUntilTheManifestChanges()
    {
        Create(trials: 0);
        var folder = Path.Combine(_root.Path, Id);
        Assert.True(RunSeal.IsOn(folder));

        File.AppendAllText(_root.File(Id, "run.json"), " ");

        Assert.False(RunSeal.IsOn(folder));
    }

    [Fact]
    public void RunSeal_ExportedRun_HasNone()
    {
        Create(trials: 1);
        var zip = Path.Combine(_root.Path, "runs.zip");
        using (var file = File.Create(zip))
            RunArchive.Write(file, [(Id, Path.Combine(_root.Path, Id))]);
        var unpacked = Directory.CreateDirectory(Path.Combine(_root.Path, "unpacked")).FullName;

        RunArchive.Extract(zip, unpacked);

        Assert.False(File.Exists(Path.Combine(unpacked, Id, RunFiles.Seal)));
        Assert.False(RunSeal.IsOn(Path.Combine(unpacked, Id)));
    }

    [Fact]
    public async Task ResumeAsync_PlanOfSomebodyElse_ContactsNothingUntilItIsTrusted()
    {
        var script = new OpenAiScript(new Behaviour());
        var asked = 0;
        await using var server = LyingServer.Start(request =>
        {
            Interlocked.Increment(ref asked);
            return script.Answer(request);
        });
        var document = Path.Combine(_root.Path, "private.txt");
        await File.WriteAllTextAsync(document, string.Join(' ', Enumerable.Range(0, 4000).Select(i => $"word{i}")),
            TestContext.Current.CancellationToken);
        CreateForeign(new SweepPlan
        {
            Target = $"openai://{server.Endpoint.Authority}/tiny",
            Contexts = [new(60)],
            OutputTokens = 4,
            Warmups = 0,
            PromptKind = PromptKind.Document,
            DocumentPath = document,
        });
        var settings = new SweepSettings { RunsDirectory = _root.Path, TelemetryInterval = null };

        var refused = await Sweeper.ResumeAsync(Id, settings, new SilentObserver(), CancellationToken.None);

        Assert.Equal((SweepEnding.PreflightFailed, 0), (refused.Ending, asked));
        var sentence = Assert.Single(refused.Findings).ToString();
        Assert.Contains(server.Endpoint.Authority, sentence, StringComparison.Ordinal);
        Assert.Contains(document, sentence, StringComparison.Ordinal);
        Assert.Contains("--trust", sentence, StringComparison.Ordinal);

        var trusted = await Sweeper.ResumeAsync(Id, settings with { TrustsStoredPlan = true }, new SilentObserver(),
            CancellationToken.None);

        Assert.True(asked > 0);
        Assert.NotEqual(SweepEnding.PreflightFailed, trusted.Ending);
    }

    [Fact]
    public void Check_FileThatThePlanDoesNotMeasure_IsNotRead()
    {
        var secret = Path.Combine(_root.Path, "secret.txt");
        File.WriteAllText(secret, "secret");
        var plan = new SweepPlan { Target = "embedded", Contexts = [new(60)], PromptKind = PromptKind.Words, DocumentPath = secret };
        var manifest = StoreSamples.Manifest(Id) with { Plan = plan, DocumentSha256 = new string('0', 64) };

        Assert.Null(StoredPlanTrust.Check(_root.Path, manifest, isTrusted: false));
        Assert.Contains(secret, StoredPlanTrust.Check(_root.Path,
            manifest with { Plan = plan with { PromptKind = PromptKind.Document } }, isTrusted: false)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ListReached_ModelOfGigabytesThatIsNotThere_IsNamed()
    {
        var plan = new SweepPlan { Target = "embedded:8b", Contexts = [new(60)] };
        Assert.SkipWhen(SyntheticModelCache.Has(SyntheticSpec.Presets.Single(preset => preset.Name == "8b")), "the model was made already");
        Assert.Contains("makes the model '8b', a file of ", Assert.Single(StoredPlanTrust.ListReached(plan)), StringComparison.Ordinal);
        Assert.Empty(StoredPlanTrust.ListReached(plan with { Target = "embedded:nano" }));
    }

    [Fact]
    public async Task ResumeAsync_DocumentThatHasChanged_IsRefused()
    {
        var document = Path.Combine(_root.Path, "text.txt");
        await File.WriteAllTextAsync(document, "one two three", TestContext.Current.CancellationToken);
        var manifest = StoreSamples.Manifest(Id);
        manifest = manifest with
        {
            Plan = manifest.Plan with { PromptKind = PromptKind.Document, DocumentPath = document },
            DocumentSha256 = new string('0', 64),
        };
        new RunStore(_root.Path).Create(manifest).Dispose();

        var refused = await Sweeper.ResumeAsync(Id, new SweepSettings { RunsDirectory = _root.Path }, new SilentObserver(),
            CancellationToken.None);

        Assert.Contains("is not the text with which the run began", Assert.Single(refused.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ObserverLease_ALink_ChangesNothingElsewhere()
    {
        var victim = Path.Combine(_root.Path, "victim");
        File.WriteAllText(victim, "");
        var then = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(victim, then);
        File.CreateSymbolicLink(Path.Combine(_root.Path, RunFiles.ObserverLease), victim);

        Assert.False(new ObserverLease(_root.Path).Renew());

        Assert.Equal(then, File.GetLastWriteTimeUtc(victim));
    }

    [Fact]
    public void Read_TableOfGigabytesOrOfNothing_IsReadUpToALimit()
    {
        Create(trials: 2);
        using (var file = File.OpenWrite(_root.File(Id, "trials.csv")))
            file.SetLength(3L << 30);
        File.WriteAllBytes(_root.File(Id, "events.jsonl"), new byte[100_000]);
        File.WriteAllBytes(_root.File(Id, "telemetry.csv"), new byte[3 << 20]);
        var store = new RunStore(_root.Path);

        var run = store.Read(Id);

        Assert.Equal(2, run.Trials.Count);
        Assert.Contains(run.ReadWarnings, warning => warning.Contains("larger than 64 MiB", StringComparison.Ordinal));
        Assert.DoesNotContain(run.ReadWarnings, warning => warning.Any(char.IsControl));
        Assert.Throws<StoreException>(() => store.Resume(Id));
    }

    // Every way of reading and writing; an error is an answer too.
    private void TryEverything()
    {
        var store = new RunStore(_root.Path);
        Try(() => store.Read(Id));
        Try(() => store.List(withArchived: true));
        Try(() => RunSeal.IsOn(Path.Combine(_root.Path, Id)));
        Try(() => RunLock.IsTaken(Path.Combine(_root.Path, Id)));
        Try(() => LiveFeedFile.TryRead(Path.Combine(_root.Path, Id)));
        Try(() => LiveFeedFile.Create(Path.Combine(_root.Path, Id)).Dispose());
        Try(() =>
        {
            using var archive = new MemoryStream();
            RunArchive.Write(archive, [(Id, Path.Combine(_root.Path, Id))]);
        });
        Try(() => store.ChangeLabel(Id, label => label with { Label = "new" }));
        Try(() =>
        {
            using var writer = store.Resume(Id);
            writer.AppendTrial(StoreSamples.Trial(writer.NextTrialNumber), StoreSamples.Marks(9));
            writer.AppendEvent(new RunEvent(default, "note", "text"));
            using var log = writer.OpenServerLog();
            log.WriteLine("a line");
        });
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is StoreException or IOException or UnauthorizedAccessException)
        {
            // Refused.
        }
    }

    private void Create(int trials)
    {
        using var writer = new RunStore(_root.Path).Create(StoreSamples.Manifest(Id));
        for (var number = 1; number <= trials; number++)
            writer.AppendTrial(StoreSamples.Trial(number), StoreSamples.Marks(number));
    }

    private void CreateForeign(SweepPlan plan)
    {
        new RunStore(_root.Path).Create(StoreSamples.Manifest(Id) with { Plan = plan }).Dispose();
        File.Delete(_root.File(Id, RunFiles.Seal));
    }

    private string Copy(string id, string name)
    {
        var copy = Directory.CreateDirectory(Path.Combine(_root.Path, name)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(_root.Path, id)))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }
}
