using System.Text.Json.Nodes;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>Real servers on one folder: killed at any moment of their work there, and two at once.</summary>
public sealed class TierKillTests : IDisposable
{
    private const int Tokens = 3000;
    private const string Model = "nano";
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-tier-kill-").FullName;

    public TierKillTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<EmbeddedServer> StartAsync(string spec = Model) => await EmbeddedServer.StartAsync(
        new EmbeddedServerOptions
        {
            ModelPath = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(spec), TestFolder.Path),
            ModelName = Model
        }, CancellationToken.None);

    // In this little memory, weights and KV cells are streamed.
    private object Request(string? state = null, long memory = 16L << 20, long? bandwidth = null)
    {
        var random = new Random(1);
        var ours = new Dictionary<string, object>
        {
            ["prompt_tokens"] = Enumerable.Range(0, Tokens).Select(_ => random.Next(300, 2000))
            .ToArray(),
            ["prompt_cache"] = false,
            ["ignore_eos"] = true
        };
        if (state is not null)
            ours[state] = true;
        return new
        {
            model = Model,
            prompt = "",
            stream = false,
            options = new
            {
                num_ctx = 4096,
                num_predict = 4,
                tier = new { folder = _folder, memory_bytes = memory, bandwidth_bytes_per_second = bandwidth },
            },
            memory_wall = ours,
        };
    }

    private static async Task<JsonNode?> AskAsync(EmbeddedServer server, object request)
    {
        using var http = RunningServer.Client(server.Endpoint, server.Secret);
        try
        {
            using var response = await http.PostAsync("api/generate", System.Net.Http.Json.JsonContent.Create(request));
            return JsonNode.Parse(await response.Content.ReadAsStringAsync());
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return null;
        }
    }

    [LongFact]
    public async Task KilledAtAnyMoment_NoTornStateIsTakenUpAndNothingIsLeft()
    {
        string? expected;
        await using (var server = await StartAsync())
        {
            var answer = await AskAsync(server, Request());
            expected = (string?)answer!["response"];
            Assert.True(expected?.Length > 0, answer.ToJsonString());
            Assert.True((long)answer["memory_wall"]!["tier"]!["streamed_kv_bytes"]! > 0, answer.ToJsonString());
        }
        for (var moment = 0; moment < 8; moment++)
        {
            await using var server = await StartAsync();
            var answer = AskAsync(server, Request("save_state"));
            // The delays reach from before the model is loaded until after the state is written.
            await Task.WhenAny(answer, Task.Delay(100 + 150 * moment));
            using (var process = System.Diagnostics.Process.GetProcessById(server.ProcessId))
                process.Kill();
            await answer;
        }
        await using var last = await StartAsync();
        var resumed = await AskAsync(last, Request("resume_state"));

        Assert.Equal(expected, (string?)resumed!["response"]);
        var tier = resumed["memory_wall"]!["tier"]!;
        // The state is either complete or absent, never found and damaged.
        Assert.Contains((int)tier["resumed_tokens"]!, (int[])[0, Tokens]);
        Assert.DoesNotContain("damaged", (string?)tier["state_note"] ?? "");
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder),
            file => file.EndsWith(".tmp", StringComparison.Ordinal) || file.Contains("spill", StringComparison.Ordinal));
    }

    [LongTheory]
    [InlineData(Model)]
    [InlineData("layers=4,embd=256,heads=4,kv=2,vocab=2048,weights=q4_0,experts=16,used=3,expert-width=96")]
    public async Task KilledWhileItWritesWeights_TheNextServerWritesThemAgain(string spec)
    {
        string? expected;
        string kept;
        long least;
        await using (var server = await StartAsync(spec))
        {
            // The refusal names the least memory, with which most weights are streamed.
            var refusal = (string)(await AskAsync(server, Request(memory: 1)))!["error"]!;
            least = long.Parse(refusal.Split('(')[^1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            var answer = await AskAsync(server, Request(memory: least));
            expected = (string?)answer!["response"];
            Assert.True(expected?.Length > 0, answer.ToJsonString());
            Assert.SkipUnless((long)answer["memory_wall"]!["tier"]!["repacked_weight_bytes"]! > 0, "no repacked kernels here");
            kept = Assert.Single(Directory.GetFiles(_folder, "memwall-weights-*"));
        }
        File.Delete(kept);
        await using (var server = await StartAsync(spec))
        {
            // Some megabytes in a second: it is killed on the way.
            var answer = AskAsync(server, Request(memory: least, bandwidth: 5_000_000));
            while (!File.Exists(kept + ".tmp") && !answer.IsCompleted)
                await Task.Delay(5);
            using (var process = System.Diagnostics.Process.GetProcessById(server.ProcessId))
                process.Kill();
            Assert.Null(await answer);
        }
        Assert.False(File.Exists(kept));
        Assert.True(File.Exists(kept + ".tmp"));
        await using var last = await StartAsync(spec);

        Assert.Equal(expected, (string?)(await AskAsync(last, Request(memory: least)))!["response"]);

        Assert.Equal(kept, Assert.Single(Directory.GetFiles(_folder, "memwall-weights-*")));
    }

    [Fact]
    public async Task TwoServers_TheSecondNamesTheProcessThatHasTheFolder()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        Assert.NotNull((await AskAsync(first, Request()))!["response"]);

        var refused = await AskAsync(second, Request());

        Assert.Contains($"(process {first.ProcessId})", (string)refused!["error"]!);
        Assert.NotNull((await AskAsync(first, Request()))!["response"]);
    }
}
