using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MemoryWall.Core.Plan;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>Conversations take turns on one context; their KV caches wait on the tier.</summary>
public sealed class ConversationTests : IDisposable
{
    private const int Window = 16_384;
    private const int Turn = 300;
    private const long Streaming = 20 << 20;
    private const long Resident = 256 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-conversations-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [LongData(Streaming, "f16")]
    [InlineData(Resident, "f16")]
    [LongData(Streaming, "q8_0")]
    public async Task ReturningConversation_IsLoaded_AndGoesOnAsIfItHadStayed(long memory, string kvType)
    {
        var (alone, between) = (Prompt(1, 2 * Turn), Prompt(2, Turn));
        JsonNode stayed, returned;
        await using (var server = await StartAsync(memory, kvType))
        {
            await AskAsync(server, alone[..Turn]);
            stayed = await AskAsync(server, alone);
        }
        // The server saved it when it stopped.
        foreach (var file in Directory.GetFiles(_folder, "memwall-state-*"))
            File.Delete(file);
        await using (var server = await StartAsync(memory, kvType))
        {
            await AskAsync(server, alone[..Turn]);
            await AskAsync(server, between);
            returned = await AskAsync(server, alone);
        }

        // The cells are the same, so the rest is computed in the same batches, and the greedy answer is the same.
        Assert.Equal(Turn, Cached(stayed));
        Assert.Equal(Turn, Cached(returned));
        Assert.Equal(Turn, (int)returned["memory_wall"]!["tier"]!["resumed_tokens"]!);
        Assert.Equal((string)stayed["response"]!, (string)returned["response"]!);
        Assert.True((long)returned["memory_wall"]!["tier"]!["state_bytes"]! > 0);
    }

    [LongFact]
    public async Task Conversation_ThatGoesOnInAnotherWay_UsesWhatIsCommon_AlsoAfterARestart()
    {
        var first = Prompt(1, 2 * Turn);
        int[] other = [.. first[..Turn], .. Prompt(3, Turn)];
        await using (var server = await StartAsync(Streaming, "f16"))
        {
            await AskAsync(server, first);
            await AskAsync(server, Prompt(2, Turn));
        }
        await using (var server = await StartAsync(Streaming, "f16"))
        {
            Assert.Equal(Turn, Cached(await AskAsync(server, other)));
            // Of an unknown conversation nothing is loaded.
            Assert.Equal(0, Cached(await AskAsync(server, Prompt(4, Turn))));
        }
    }

    [LongFact]
    public async Task SmallerWindowAfterARestart_LoadsOnlyWhatFits()
    {
        var prompt = Prompt(1, 2 * Turn);
        await using (var server = await StartAsync(Streaming, "f16"))
        {
            await AskAsync(server, prompt);
            await AskAsync(server, Prompt(2, Turn));
        }
        await using (var server = await StartAsync(Resident, "f16", 512))
        {
            // The saved cells of the first conversation are more than this window has; those of the second were in the context.
            Assert.Equal(0, Cached(await AskAsync(server, prompt[..Turn])));
        }
    }

    [LongTheory]
    [InlineData(Streaming)]
    [InlineData(Resident)]
    public async Task StoppedAnswer_DoesNotLoseTheConversation(long memory)
    {
        var prompt = Prompt(1, 2 * Turn);
        await using var server = await StartAsync(memory, "f16");
        var before = await AskAsync(server, prompt);
        using (var stopped = new CancellationTokenSource())
        using (var http = new HttpClient { BaseAddress = server.Endpoint })
        using (var request = new HttpRequestMessage(HttpMethod.Post, "api/generate")
        {
            Content = JsonContent.Create(new
            {
                model = "deep",
                options = new { num_predict = 8000, temperature = 0 },
                memory_wall = new { prompt_tokens = prompt, ignore_eos = true },
            }),
        })
        {
            // The first token has arrived, and the answer goes on for long.
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopped.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(stopped.Token);
            Assert.True(await stream.ReadAsync(new byte[1], stopped.Token) > 0);
            await stopped.CancelAsync();
        }

        var again = await AskAsync(server, prompt);
        Assert.Equal(prompt.Length - 1, Cached(again));
        Assert.Equal((string)before["response"]!, (string)again["response"]!);
    }

    [LongFact]
    public async Task LongerConversation_ReplacesTheShorterOne()
    {
        var prompt = Prompt(1, 3 * Turn);
        await using var server = await StartAsync(Streaming, "f16");
        for (var turns = 1; turns <= 3; turns++)
        {
            await AskAsync(server, prompt[..(turns * Turn)]);
            await AskAsync(server, Prompt(2, Turn));
        }
        // The second conversation is the one in the context; the first one was saved three times.
        Assert.Equal(2, Directory.GetFiles(_folder, "memwall-state-chat-*.kv").Length);
    }

    [Fact]
    public async Task DamagedFile_IsNotUsed()
    {
        var prompt = Prompt(1, 2 * Turn);
        await using var server = await StartAsync(Streaming, "f16");
        var computed = await AskAsync(server, prompt);
        await AskAsync(server, Prompt(2, Turn));
        // The other conversation may have been saved meanwhile; this one is the longer.
        var file = Directory.GetFiles(_folder, "memwall-state-chat-*.kv").MaxBy(name => new FileInfo(name).Length)!;
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        var again = await AskAsync(server, prompt);
        Assert.Equal(0, Cached(again));
        Assert.Equal((string)computed["response"]!, (string)again["response"]!);
        // The conversation may have been saved anew meanwhile.
        Assert.NotEqual(bytes, File.Exists(file) ? await File.ReadAllBytesAsync(file) : []);
    }

    [Fact]
    public async Task Measurement_WithoutTheCache_ComputesAllAndLosesNoConversation()
    {
        var prompt = Prompt(1, 2 * Turn);
        await using var server = await StartAsync(Streaming, "f16");
        await AskAsync(server, prompt[..Turn]);
        var measured = await AskAsync(server, prompt, promptCache: false);
        var goesOn = await AskAsync(server, Prompt(2, Turn));
        var returned = await AskAsync(server, prompt[..(Turn + 10)]);

        Assert.Equal(0, Cached(measured));
        Assert.Equal(0, Cached(goesOn));
        Assert.True(Cached(returned) >= Turn, returned.ToJsonString());
    }

    [Fact]
    public async Task CleanStop_SavesTheConversationThatHasTheContext()
    {
        var prompt = Prompt(1, 2 * Turn);
        await using (var server = await StartAsync(Streaming, "f16"))
            await AskAsync(server, prompt[..Turn]);
        await using (var server = await StartAsync(Streaming, "f16"))
            Assert.Equal(Turn, Cached(await AskAsync(server, prompt)));
    }

    private static int[] Prompt(int conversation, int tokens) => TinyModel.Tokens(tokens, conversation);

    private static int Cached(JsonNode answer) => (int)answer["memory_wall"]!["cached_prompt_tokens"]!;

    private static async Task<JsonNode> AskAsync(EmbeddedServer server, int[] tokens, bool promptCache = true)
    {
        using var http = new HttpClient { BaseAddress = server.Endpoint };
        using var response = await http.PostAsJsonAsync("api/generate", new
        {
            model = "deep",
            stream = false,
            options = new { num_predict = 4, temperature = 0 },
            memory_wall = new { prompt_tokens = tokens, ignore_eos = true, prompt_cache = promptCache },
        });
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<EmbeddedServer> StartAsync(long memory, string kvType, int window = Window)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        // Without memory for copies, conversations are in the folder only.
        var options = new TargetOptions
        {
            KvType = kvType,
            Tier = new TierPlan { Folder = _folder, MemoryBytes = memory },
            CacheRamBytes = 0,
        };
        return await EmbeddedServer.StartAsync(
            new EmbeddedServerOptions
            {
                ModelPath = await SyntheticModelCache.EnsureAsync(
                    SyntheticSpec.Parse("layers=8,embd=128,heads=4,kv=2,ff=256,vocab=2048,weights=q8_0,ctx=65536"), TestFolder.Path),
                ModelName = "deep",
                Serving = new EmbeddedServing(IPAddress.Loopback, 0, null, window, options),
            }, CancellationToken.None);
    }
}
