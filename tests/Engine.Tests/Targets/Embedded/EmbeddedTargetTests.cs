using System.Text.Json;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Engine.Tests.Targets.Embedded;

public class EmbeddedTargetTests
{
    [Fact]
    public async Task Infer_AnnouncedExtensions_AreUsed()
    {
        await using var scripted = Scripted.Start(Speaks.Embedded,
            new Behaviour { ProgressFrames = 3, Prefill = TimeSpan.FromMilliseconds(30), Step = TimeSpan.FromMilliseconds(2) });
        var request = Scripted.Request();
        request = request with { Prompt = request.Prompt with { TokenIds = [.. Enumerable.Range(100, request.Prompt.TokenCount)] } };
        var report = await scripted.InferAsync(request);

        var call = Calls(scripted).Last();
        Assert.Equal("", call.GetProperty("prompt").GetString());
        var ours = call.GetProperty("memory_wall");
        Assert.Equal(request.Prompt.TokenCount, ours.GetProperty("prompt_tokens").GetArrayLength());
        Assert.True(ours.GetProperty("ignore_eos").GetBoolean());
        Assert.False(ours.GetProperty("prompt_cache").GetBoolean());
        Assert.Equal(0, call.GetProperty("options").GetProperty("temperature").GetSingle());
        Assert.False(call.GetProperty("options").TryGetProperty("num_batch", out _));

        Assert.Equal(new Completed(), report.Outcome);
        Assert.Equal([7, 14, 21], report.Marks.Where(mark => mark.Kind == MarkKind.Prefill).Select(mark => mark.Tokens));
        Assert.Equal(TimeSpan.FromMilliseconds(10), report.Marks[0].Native);
        var natives = report.Marks.Where(mark => mark.Kind == MarkKind.Chunk).Select(mark => mark.Native!.Value).ToList();
        Assert.Equal(Scripted.Asked, natives.Count);
        Assert.Equal(TimeSpan.FromMilliseconds(30), natives[0]);
        Assert.Equal(TimeSpan.FromMilliseconds(44), natives[^1]);
        Assert.Equal(TimeSpan.FromMilliseconds(30), report.Native.Prefill);
        Assert.Equal(TimeSpan.FromMilliseconds(14), report.Native.Generation);
        Assert.Equal(TimeSpan.Zero, report.Server.Queue);
    }

    [Fact]
    public async Task Load_Embedded_ReadsItsBytes()
    {
        await using var scripted = Scripted.Start(Speaks.Embedded, new Behaviour { Load = TimeSpan.FromMilliseconds(50) });
        var load = await scripted.Target.LoadAsync(1024, CancellationToken.None);
        Assert.Equal(new Completed(), load.Outcome);
        Assert.True(load.Duration >= TimeSpan.FromMilliseconds(50));
        Assert.Equal((1024, 2000L, 300L, 89128960L, 0L),
            (load.WindowTokens!.Value, load.KvBytes!.Value, load.ComputeBytes!.Value, load.ResidentBytes!.Value,
                load.AcceleratorBytes!.Value));
    }

    [Fact]
    public async Task Probe_RealOllama_IsRefused()
    {
        await using var server = OllamaScript.Start(new Behaviour(), OllamaGeneration.New);
        await using var target = Scripted.Open(Speaks.Embedded, server.Endpoint, "tiny");
        Assert.Contains("/api/version", Assert.IsType<ProtocolViolation>((await target.ProbeAsync(CancellationToken.None)).Problem).Reason,
            StringComparison.Ordinal);
    }

    private static List<JsonElement> Calls(Scripted scripted) =>
        [.. scripted.Server.Requests.Where(request => request.Path == "/api/generate").Select(request => request.Json)];
}
