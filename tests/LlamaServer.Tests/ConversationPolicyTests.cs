using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Models.Synthetic;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>Turns of several users at a real server: where their KV caches wait, and what happens when a place fails.</summary>
public sealed class ConversationPolicyTests : IDisposable
{
    private const int First = 900;
    private const int Window = 4096;
    private const int Batch = 64;

    // Keys and values of a token: 8 layers of 2 heads of 32 numbers of 2 bytes, twice.
    private const long TokenBytes = 8 * 2 * 32 * 2 * 2;
    private const long Resident = 256 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-policies-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [LongFact]
    public async Task Answers_AreTheSameUnderEveryPolicy_AndSayWhereTokensCameFrom()
    {
        var answers = new List<List<string>>();
        foreach (var policy in (string[])["recompute", "ram", "tier"])
        {
            await using var server = await StartAsync();
            var texts = new List<string>();
            for (var turn = 0; turn < 3; turn++)
                for (var user = 1; user <= 3; user++)
                {
                    var answer = await AskAsync(server, Options(policy), PromptOf(user, turn));
                    texts.Add((string)answer["response"]!);
                    var report = Report(answer);
                    if (turn == 0)
                        continue;
                    var known = policy == "recompute" ? 0 : PromptOf(user, turn - 1).Length / Batch * Batch;
                    Assert.Equal(known, (int)answer["memory_wall"]!["cached_prompt_tokens"]!);
                    Assert.Equal(known, (int)report["ram_tokens"]!);
                    Assert.Equal(known * TokenBytes, (long)report["ram_bytes"]!);
                    Assert.Equal(policy == "recompute" ? 1 : 0, (int)report["evictions"]!);
                }
            answers.Add(texts);
        }
        Assert.All(answers, texts => Assert.Equal(answers[0], texts));
    }

    [LongFact]
    public async Task Ram_MoreUsersThanItHolds_TheLeastRecentlyUsedGoAndAreCounted()
    {
        await using var server = await StartAsync();
        // Room for the copies of one turn of two users; the third has the context.
        var room = 2 * (PromptOf(3, 2).Length + Batch) * TokenBytes;
        var evictions = 0;
        for (var turn = 0; turn < 3; turn++)
            for (var user = 1; user <= 4; user++)
            {
                var answer = await AskAsync(server, Options("ram", room), PromptOf(user, turn));
                evictions += (int)Report(answer)["evictions"]!;
                // In turn, each user comes back just after the copy has gone.
                Assert.Equal(0, (int)answer["memory_wall"]!["cached_prompt_tokens"]!);
            }
        Assert.Equal(4 * 3 - 3, evictions);
        var again = await AskAsync(server, Options("ram", room), PromptOf(3, 3));
        Assert.Equal(PromptOf(3, 2).Length / Batch * Batch, (int)Report(again)["ram_tokens"]!);
    }

    [LongFact]
    public async Task Tier_MoreUsersThanMemoryHolds_TheOthersWaitOnStorage()
    {
        await using var server = await StartAsync();
        var room = 2 * (PromptOf(4, 2).Length + Batch) * TokenBytes;
        var (fromStorage, saved) = (0, 0L);
        for (var turn = 0; turn < 3; turn++)
            for (var user = 1; user <= 5; user++)
            {
                var answer = await AskAsync(server, Options("tier", room), PromptOf(user, turn));
                Assert.Equal(0, (int)Report(answer)["evictions"]!);
                fromStorage += (int)answer["memory_wall"]!["tier"]!["resumed_tokens"]!;
                saved += (long)Report(answer)["saved_bytes"]!;
                if (turn > 0)
                    Assert.Equal(PromptOf(user, turn - 1).Length / Batch * Batch, (int)answer["memory_wall"]!["cached_prompt_tokens"]!);
            }
        Assert.True(fromStorage > 0 && saved > 0, $"{fromStorage} tokens were loaded, {saved} bytes saved");
    }

    [LongFact]
    public async Task Tier_NextInTheQueueIsOnStorage_IsReadAheadMeanwhile()
    {
        await using var server = await StartAsync();
        var room = 2 * (PromptOf(4, 2).Length + Batch) * TokenBytes;
        for (var user = 1; user <= 5; user++)
            await AskAsync(server, Options("tier", room), PromptOf(user, 0));
        var running = AskAsync(server, Options("tier", room, predict: 400), PromptOf(5, 1));
        await Task.Delay(50);
        var waited = await AskAsync(server, Options("tier", room), PromptOf(1, 1));
        var meanwhile = Report(await running);

        Assert.True((long)waited["memory_wall"]!["queue_ns"]! > 0);
        Assert.Equal(PromptOf(1, 0).Length / Batch * Batch, (int)Report(waited)["ram_tokens"]!);
        Assert.True((long)meanwhile["read_ahead_bytes"]! + (long)Report(waited)["read_ahead_bytes"]! > 0, waited.ToJsonString());
    }

    [LongFact]
    public async Task Ram_UnderACap_CopiesStayWithinIt()
    {
        var options = Options("ram");
        // Of this model, a token has 8 KiB of keys and values.
        var model = await SyntheticModelCache.EnsureAsync(
            SyntheticSpec.Parse("layers=8,embd=256,heads=4,kv=4,ff=256,vocab=2048,weights=q8_0,ctx=65536"), TestFolder.Path);
        CappedServerProcess process;
        try
        {
            process = await CappedServerProcess.StartAsync(
                new EmbeddedServerOptions { ModelPath = model, ModelName = "deep" },
                new CapPlan { Bytes = 200 << 20, SwapBytes = 0 }, default);
        }
        catch (CapException refusal)
        {
            Assert.Skip(refusal.Message);
            throw;
        }
        await using var _ = process;
        var evictions = 0;
        // 23 MiB each: eight of them are more than the cap leaves.
        for (var user = 1; user <= 8; user++)
        {
            var answer = await AskAsync(process.Server, options, TinyModel.Tokens(3000, user));
            evictions += (int)Report(answer)["evictions"]!;
        }
        Assert.True(evictions > 0);
        Assert.False(process.Server.HasExited);
        var last = await AskAsync(process.Server, options, TinyModel.Tokens(3000, 7));
        Assert.True((int)Report(last)["ram_tokens"]! > 0, last.ToJsonString());
    }

    [LongFact]
    public async Task Killed_InTheMiddleOfASave_TheNextServerComputesOrLoadsAndAnswersTheSame()
    {
        string expected;
        await using (var server = await StartAsync())
            expected = (string)(await AskAsync(server, Options("recompute"), PromptOf(1, 1)))["response"]!;
        var slow = Options("tier", 0);
        slow["tier"]!["bandwidth_bytes_per_second"] = 4_000_000;
        await using (var server = await StartAsync())
        {
            await AskAsync(server, slow, PromptOf(1, 0));
            var other = AskAsync(server, slow, PromptOf(2, 0));
            while (!other.IsCompleted && Directory.GetFiles(_folder, "*.tmp").Length == 0)
                await Task.Delay(5);
            using (var process = System.Diagnostics.Process.GetProcessById(server.ProcessId))
                process.Kill();
            await Assert.ThrowsAnyAsync<Exception>(() => other);
        }
        Assert.Single(Directory.GetFiles(_folder, "*.tmp"));
        await using var last = await StartAsync();
        var answer = await AskAsync(last, Options("tier", 0), PromptOf(1, 1));

        Assert.Equal(expected, (string)answer["response"]!);
        Assert.Equal(0, (int)answer["memory_wall"]!["cached_prompt_tokens"]!);
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
    }

    [Fact]
    public async Task FullDisk_NothingIsKeptAndTheReportSaysWhy()
    {
        using var disk = new SmallDisk(_folder, 160 << 20);
        disk.Fill(leave: (64 << 20) + 100_000);
        var full = Options("tier", 0);
        full["tier"]!["folder"] = disk.Path;
        await using var server = await StartAsync();
        var before = await AskAsync(server, full, PromptOf(1, 0));
        var between = await AskAsync(server, full, PromptOf(2, 0));
        var after = await AskAsync(server, full, PromptOf(1, 0));

        Assert.Contains("does not fit", (string)Report(between)["note"]!);
        Assert.Equal((1, 0), ((int)Report(between)["evictions"]!, (int)after["memory_wall"]!["cached_prompt_tokens"]!));
        Assert.Equal((string)before["response"]!, (string)after["response"]!);
        Assert.DoesNotContain(Directory.EnumerateFiles(disk.Path), file => file.Contains("memwall-state", StringComparison.Ordinal));
    }

    [LongFact]
    public async Task TornFile_IsComputedAgainAndTheReportSaysWhy()
    {
        await using var server = await StartAsync();
        var before = await AskAsync(server, Options("tier", 0), PromptOf(1, 0));
        await AskAsync(server, Options("tier", 0), PromptOf(2, 0));
        foreach (var path in Directory.GetFiles(_folder, "memwall-state-chat-*.kv"))
        {
            using var file = File.OpenWrite(path);
            file.SetLength(file.Length - 4096);
        }
        var after = await AskAsync(server, Options("tier", 0), PromptOf(1, 0));

        Assert.Contains("of the wrong length and has been deleted", (string)Report(after)["note"]!);
        Assert.Equal(0, (int)after["memory_wall"]!["cached_prompt_tokens"]!);
        Assert.Equal((string)before["response"]!, (string)after["response"]!);
    }

    [Fact]
    public async Task RequestThatIsNoTurn_LosesNoConversation()
    {
        await using var server = await StartAsync();
        await AskAsync(server, Options("ram"), PromptOf(1, 0));
        var measured = await AskAsync(server, Options("ram"), PromptOf(2, 0), isTurn: false);
        var returned = await AskAsync(server, Options("ram"), PromptOf(1, 1));

        Assert.Null(measured["memory_wall"]!["conversation"]);
        Assert.Equal(PromptOf(1, 0).Length / Batch * Batch, (int)Report(returned)["ram_tokens"]!);
    }

    [Fact]
    public async Task Target_AsksForThePolicyAndReadsTheReport()
    {
        await using var server = await StartAsync();
        await using var target = new EmbeddedTarget(new TargetSetup
        {
            Endpoint = server.Endpoint,
            Model = "deep",
            Connection = new ConnectionOptions { ApiKey = ApiKey.FromLauncher(server.Secret) },
            Options = new TargetOptions { BatchTokens = Batch, ConversationCache = CachePolicy.Ram, CacheRamBytes = 64 << 20 },
        }, RunClock.Start(TimeProvider.System));
        async Task<InferenceReport> InferAsync(int[] tokens) => await target.InferAsync(
            new InferenceRequest(
                new Prompt { Kind = PromptKind.Words, Text = "", TokenCount = tokens.Length, TokenIds = tokens, Nonce = "" },
                Window, 12, new PhaseLimits())
            { KeepsConversation = true }, null, default);
        await InferAsync(PromptOf(1, 0));
        Assert.Null((await InferAsync(PromptOf(2, 0))).Conversation!.RamTime);
        var report = await InferAsync(PromptOf(1, 1));

        var known = PromptOf(1, 0).Length / Batch * Batch;
        Assert.Equal((known, known, known * TokenBytes, 0, 0L), (report.CachedPromptTokens!.Value, report.Conversation!.RamTokens!.Value,
            report.Conversation.RamBytes!.Value, report.Conversation.Evictions!.Value, report.Conversation.SavedBytes!.Value));
        Assert.True(report.Conversation is { Queue: not null, Save: not null, RamTime.Ticks: > 0, Note: null });
        Assert.Empty(report.Notes);
    }

    private static int[] PromptOf(int user, int turn) =>
        [.. TinyModel.Tokens(40, 99), .. TinyModel.Tokens(First + 17 * user + 100 * turn, user)];

    private static JsonNode Report(JsonNode answer) => answer["memory_wall"]!["conversation"]!;

    private static Task<string> ModelAsync() => SyntheticModelCache.EnsureAsync(
        SyntheticSpec.Parse("layers=8,embd=128,heads=4,kv=2,ff=256,vocab=2048,weights=q8_0,ctx=65536"), TestFolder.Path);

    private static async Task<EmbeddedServer> StartAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "copies of conversations need Linux");
        return await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = await ModelAsync(), ModelName = "deep" }, default);
    }

    private static async Task<JsonNode> AskAsync(EmbeddedServer server, JsonObject options, int[] tokens, bool isTurn = true)
    {
        using var http = RunningServer.Client(server.Endpoint, server.Secret);
        using var response = await http.PostAsJsonAsync("api/generate", new
        {
            model = "deep",
            stream = false,
            options,
            memory_wall = new { prompt_tokens = tokens, ignore_eos = true, conversation = isTurn },
        });
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private JsonObject Options(string policy, long? ramBytes = null, int predict = 12)
    {
        var options = new JsonObject
        {
            ["num_predict"] = predict,
            ["num_ctx"] = Window,
            ["num_batch"] = Batch,
            ["temperature"] = 0,
            ["conversation_cache"] = policy,
        };
        if (ramBytes is { } room)
            options["conversation_ram_bytes"] = room;
        if (policy == "tier")
            options["tier"] = new JsonObject { ["folder"] = _folder, ["memory_bytes"] = Resident };
        return options;
    }
}
