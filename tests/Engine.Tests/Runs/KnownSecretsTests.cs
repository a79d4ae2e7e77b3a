using MemoryWall.Core;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Live;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>A server that repeats its key in whatever it says: nothing that is stored contains it.</summary>
public sealed class KnownSecretsTests : IDisposable
{
    // With characters that JSON, CSV and addresses escape.
    private const string Key = "sk-live\"51Hx+q/Z<&9=";
    private const string Id = "20260131-142530-7f3a91c2";
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Store_KeyEverywhereInWhatAServerSays_IsInNoFile()
    {
        _ = ApiKey.FromLauncher(Key);
        var sample = StoreSamples.Manifest(Id);
        var manifest = sample with
        {
            Target = sample.Target with
            {
                Model = $"model {Key}",
                ServerVersion = Key,
                Details = new Dictionary<string, string> { [$"echo {Key}"] = $"Bearer {Key}", ["address"] = Uri.EscapeDataString(Key) },
            },
            Notes = [$"the server said {Key}"],
        };
        var store = new RunStore(_root.Path);
        using (var writer = store.Create(manifest))
        {
            writer.AppendTrial(StoreSamples.Trial(1) with { Outcome = new Refused(401, $"wrong key {Key}"), StopReason = Key }, []);
            writer.AppendEvent(new RunEvent(default, "note", $"it said {Key}"));
            using var log = writer.OpenServerLog();
            log.WriteLine($"listening with {Key}");
        }
        store.ChangeLabel(Id, label => label with { Note = Key });
        using (var feed = LiveFeedFile.Create(Path.Combine(_root.Path, Id)))
            feed.Write(new LiveFeed { RunId = Id, At = default, LastEvent = Key });

        var stored = Directory.GetFiles(_root.Path, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetFileName(file), File.ReadAllText);

        Assert.True(stored.Count > 5);
        Assert.All(stored, file => Assert.DoesNotContain("51Hx", file.Value, StringComparison.Ordinal));
        Assert.Contains(KnownSecrets.Hidden, store.Read(Id).Manifest.Target.Model, StringComparison.Ordinal);
        Assert.Contains(KnownSecrets.Hidden, store.Read(Id).Trials.Single().Outcome.Detail, StringComparison.Ordinal);
        Assert.Contains(KnownSecrets.Hidden, stored["server.log"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("EMPTY")]
    [InlineData("x")]
    public void Remove_KeyAsShortAsAWord_LeavesOtherTextsAlone(string key)
    {
        _ = ApiKey.FromLauncher(key);

        Assert.Equal("ollama://localhost EMPTY x", KnownSecrets.Remove("ollama://localhost EMPTY x"));
    }
}
