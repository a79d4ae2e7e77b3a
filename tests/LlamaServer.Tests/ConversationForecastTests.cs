using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>The simulated cache of conversations against a real server that gets the same prompts.</summary>
public sealed class ConversationForecastTests : IDisposable
{
    private const int Batch = 64;

    // What does not fill a block is not kept either, so that it hardly matters whether the server was idle long enough to copy.
    private const int BlockTokens = 64;

    // Keys and values of a token: 8 layers of 2 heads of 32 numbers of 2 bytes, twice.
    private const long TokenBytes = 8 * 2 * 32 * 2 * 2;
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-forecast-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("ram", 4000, 1)]
    [LongData("recompute", 0, 3)]
    [LongData("ram", 0, 3)]
    [LongData("ram", 1500, 3)]
    [LongData("ram", 9000, 3)]
    [LongData("tier", 0, 1)]
    [LongData("tier", 3000, 2)]
    public async Task ReusedTokens_AreThoseOfTheServer(string policy, int ramTokens, int seed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "copies of conversations need Linux");
        var model = await SyntheticModelCache.EnsureAsync(
            SyntheticSpec.Parse("layers=8,embd=128,heads=4,kv=2,ff=256,vocab=2048,weights=q8_0,ctx=65536"), TestFolder.Path);
        await using var server = await EmbeddedServer.StartAsync(
            new EmbeddedServerOptions { ModelPath = model, ModelName = "deep" }, default);
        ConversationCacheSimulation Create() => new(BlockTokens, Batch, ramTokens, policy == "tier" ? long.MaxValue : 0);
        var (idle, busy) = (Create(), Create());
        var (expected, whenBusy, measured) = (new List<int>(), new List<int>(), new List<int>());
        foreach (var request in CreateRequests(seed))
        {
            expected.Add(idle.Serve(request, wasIdle: true).Tokens);
            whenBusy.Add(busy.Serve(request, wasIdle: false).Tokens);
            measured.Add(await AskAsync(server, CreateOptions(policy, ramTokens * TokenBytes), request));
        }

        Assert.Equal(measured, expected);
        // Otherwise the result would rest on the speed of the machine.
        Assert.Equal(expected, whenBusy);
        Assert.Contains(measured, tokens => tokens > 4 * BlockTokens);
    }

    // Conversations that grow by blocks, all with the same beginning; the last block of a prompt is rarely whole, and another one takes its
    // place.
    private static IEnumerable<ScaledRequest> CreateRequests(int seed)
    {
        var random = new Random(seed);
        var conversations = Enumerable.Range(0, 6).Select(_ => new List<int> { 0, 1 }).ToList();
        var next = 2;
        for (var i = 0; i < 40; i++)
        {
            var blocks = conversations[random.Next(conversations.Count)];
            for (var added = random.Next(1, 4); added > 0; added--)
                blocks.Add(next++);
            yield return new ScaledRequest(i, BlockTokens * blocks.Count + random.Next(1, BlockTokens), 4, [.. blocks, next++]);
        }
    }

    private static async Task<int> AskAsync(EmbeddedServer server, JsonObject options, ScaledRequest request)
    {
        using var http = RunningServer.Client(server.Endpoint, server.Secret);
        using var response = await http.PostAsJsonAsync("api/generate", new
        {
            model = "deep",
            stream = false,
            options,
            memory_wall = new
            {
                prompt_tokens = request.Blocks.SelectMany(block => TinyModel.Tokens(BlockTokens, 1000 + block)).Take(request.InputTokens),
                ignore_eos = true,
                conversation = true,
            },
        });
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return (int)JsonNode.Parse(text)!["memory_wall"]!["cached_prompt_tokens"]!;
    }

    private JsonObject CreateOptions(string policy, long ramBytes)
    {
        var options = new JsonObject
        {
            ["num_predict"] = 4,
            ["num_ctx"] = 8192,
            ["num_batch"] = Batch,
            ["temperature"] = 0,
            ["conversation_cache"] = policy,
            ["conversation_ram_bytes"] = ramBytes,
        };
        if (policy == "tier")
            options["tier"] = new JsonObject { ["folder"] = _folder, ["memory_bytes"] = 256 << 20 };
        return options;
    }
}
