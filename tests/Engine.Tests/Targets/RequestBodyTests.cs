using System.Text;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.Ollama;

namespace MemoryWall.Engine.Tests.Targets;

/// <summary>The exact JSON of each request, because every option can change what a trial measures. The expected JSON is written with `
/// instead of ".</summary>
public sealed class RequestBodyTests
{
    private const string AllExtensions =
        """
        {"version":"1","memory_wall":{"protocol":1,"extensions":["token_ids","ignore_eos","no_prompt_cache","prompt_progress",
         "token_times","kv_type","flash_attention","load_mode","thread_split","report","jump","depth_pass","tier","kv_state",
         "conversations"],
         "details":{}}}
        """;

    private const string OllamaEnd = ",`stream`:true,`raw`:true,`CustomHeaders`:{},`truncate`:false}";

    private const string OllamaSampling =
        "`repeat_last_n`:64,`repeat_penalty`:1.2,`temperature`:1,`seed`:1,`num_predict`:8,`top_k`:40,`top_p`:1,`min_p`:0.1";

    private const string EmbeddedMiddle = ",`keep_alive`:`30m`,`stream`:true,`raw`:true,`truncate`:false,`memory_wall`:";

    private const string Prompt = "w <b> 'ä' \\`q\\` \\uD83D\\uDE00 +&\\u0001\\u2028/\\\\";

    private static readonly Prompt s_prompt = new()
    {
        Kind = PromptKind.Words,
        Text = "w <b> 'ä' \"q\" 😀 +&\u0001\u2028/\\",
        TokenCount = 3,
        Nonce = "n",
    };

    private static readonly InferenceRequest s_request = new(s_prompt, 1024, 8, new PhaseLimits());

    private static readonly InferenceRequest s_withIds = s_request with { Prompt = s_prompt with { TokenIds = [1, 2, 300] } };

    private static readonly TargetOptions s_fullOptions = new()
    {
        KvType = "q8_0",
        FlashAttention = "on",
        LoadMode = "no_mmap",
        Threads = 3,
        PrefillThreads = 4,
        BatchTokens = 256,
        GpuLayers = 7,
        Tier = new TierPlan
        {
            Folder = "/tier <ä>",
            MemoryBytes = 1,
            StorageBytes = 2,
            BandwidthBytesPerSecond = 3,
            Latency = TimeSpan.FromTicks(5),
        },
        ConversationCache = CachePolicy.Ram,
        CacheRamBytes = 6,
    };

    public static TheoryData<string, string> OllamaOptions => new()
    {
        { "none", "`num_ctx`:1024,`num_batch`:512," + OllamaSampling },
        { "full", "`num_ctx`:1024,`num_gpu`:7,`num_batch`:256,`num_thread`:3," + OllamaSampling + ",`use_mmap`:false" },
        { "mmap", "`num_ctx`:1024,`num_batch`:512," + OllamaSampling + ",`use_mmap`:true" },
        { "mlock", "`num_ctx`:1024,`num_batch`:512," + OllamaSampling + ",`use_mlock`:true" },
    };

    [Theory]
    [MemberData(nameof(OllamaOptions))]
    public async Task Ollama_Infer_IsExact(string options, string json)
    {
        var bodies = await SendAsync(embedded: false, Options(options), target => target.InferAsync(s_request, null, default));
        Assert.Equal(["{`model`:`tiny`,`prompt`:`" + Prompt + "`,`options`:{" + json + "},`keep_alive`:`30m" + "`" + OllamaEnd],
            bodies.Select(Normalize));
    }

    [Fact]
    public async Task Ollama_LoadCountAndUnload_AreExact()
    {
        var bodies = await SendAsync(embedded: false, new TargetOptions(), async target =>
        {
            await target.LoadAsync(1024, default);
            await target.CountTokensAsync("one", default);
        });
        Assert.Equal(
        [
            "{`model`:`tiny`,`prompt`:``,`options`:{`num_ctx`:1024,`num_batch`:512},`keep_alive`:`30m`" + OllamaEnd,
            "{`model`:`tiny`,`prompt`:`one`,`options`:{`num_ctx`:1024,`num_batch`:512,`num_predict`:1},`keep_alive`:`30m`"
                + OllamaEnd,
            "{`model`:`tiny`,`prompt`:``,`options`:{`num_ctx`:1024,`num_batch`:512},`keep_alive`:`0s`" + OllamaEnd,
        ], bodies.Select(Normalize));
    }

    [Fact]
    public async Task Embedded_Infer_IsExact()
    {
        var bodies = await SendAsync(embedded: true, new TargetOptions(), async target =>
        {
            await target.InferAsync(s_request, null, default);
            await target.InferAsync(s_withIds with { WarmPrefix = true, SkipPromptTokens = 2 }, null, default);
            await target.InferAsync(s_withIds with { KvCacheAction = KvCacheAction.Save }, null, default);
            await target.InferAsync(s_withIds with { KvCacheAction = KvCacheAction.Resume }, null, default);
            await target.InferAsync(s_withIds with { KeepsConversation = true }, null, default);
        });
        const string Options = "`options`:{`num_ctx`:1024,`temperature`:0,`seed`:1,`num_predict`:8}" + EmbeddedMiddle;
        const string Ids = "{`model`:`tiny`,`prompt`:``," + Options + "{`prompt_tokens`:[1,2,300],`ignore_eos`:true,";
        const string End = "`prompt_progress`:true,`token_times`:true}}";
        Assert.Equal(
        [
            "{`model`:`tiny`,`prompt`:`" + Prompt + "`," + Options
                + "{`ignore_eos`:true,`prompt_cache`:false,`jump_tokens`:0," + End,
            Ids + "`prompt_cache`:true,`jump_tokens`:2," + End,
            Ids + "`prompt_cache`:false,`jump_tokens`:0,`save_state`:true," + End,
            Ids + "`prompt_cache`:false,`jump_tokens`:0,`resume_state`:true," + End,
            Ids + "`prompt_cache`:true,`jump_tokens`:0,`conversation`:true," + End,
        ], bodies.Select(Normalize));
    }

    [Fact]
    public async Task Embedded_AllOptions_AreExact()
    {
        var bodies = await SendAsync(embedded: true, s_fullOptions, async target =>
        {
            await foreach (var _ in ((IIncrementalTarget)target).InferIncrementallyAsync(
                new IncrementalRequest(s_withIds.Prompt, [1, 3], 1024, 8, new PhaseLimits(), 1), null, default))
            {
            }
        });
        Assert.Equal(
        [
            "{`model`:`tiny`,`prompt`:``,`options`:{`num_ctx`:1024,`num_gpu`:7,`num_batch`:256,`num_thread`:3,`temperature`:0,"
            + "`seed`:1,`num_predict`:8,`kv_type`:`q8_0`,`flash_attention`:`on`,`load_mode`:`no_mmap`,`tier`:{`folder`:`/tier <ä>`,"
            + "`memory_bytes`:1,`storage_bytes`:2,`bandwidth_bytes_per_second`:3,`latency_ns`:500},"
            + "`conversation_cache`:`ram`,`conversation_ram_bytes`:6,`num_thread_batch`:4}"
            + EmbeddedMiddle
            + "{`prompt_tokens`:[1,2,300],`probe_at`:[1,3],`ignore_eos`:true,`prompt_cache`:false,`prompt_progress`:true,"
            + "`token_times`:true,`probe_batch`:1}}",
        ], bodies.Select(Normalize));
    }

    [Fact]
    public async Task Embedded_LoadCountAndUnload_AreExact()
    {
        var bodies = await SendAsync(embedded: true, new TargetOptions(), async target =>
        {
            await target.LoadAsync(1024, default);
            await target.CountTokensAsync("one", default);
        });
        Assert.Equal(
        [
            "{`model`:`tiny`,`prompt`:``,`options`:{`num_ctx`:1024}" + EmbeddedMiddle + "{}}",
            "{`model`:`tiny`,`prompt`:`one`,`options`:{`num_ctx`:1024,`num_predict`:1}" + EmbeddedMiddle + "{}}",
            "{`model`:`tiny`,`prompt`:``,`options`:{`num_ctx`:1024},`keep_alive`:`0s`,`stream`:true,`raw`:true,`truncate`:false}",
        ], bodies.Select(Normalize));
    }

    private static TargetOptions Options(string name) => name switch
    {
        "full" => s_fullOptions,
        "none" => new TargetOptions(),
        _ => new TargetOptions { LoadMode = name },
    };

    private static string Normalize(string body) =>
        body.Replace('"', '`').Replace($"`folder`:`{Path.GetFullPath("/tier <ä>").Replace("\\", "\\\\")}`", "`folder`:`/tier <ä>`");

    private static async Task<List<string>> SendAsync(bool embedded, TargetOptions options, Func<ITarget, Task> use)
    {
        var script = new OllamaScript(new Behaviour(), embedded ? OllamaGeneration.Embedded : OllamaGeneration.New);
        await using var server = LyingServer.Start(request =>
            embedded && request.Path == "/api/version" ? Reply.Json(AllExtensions) : script.Answer(request));
        var setup = new TargetSetup { Endpoint = server.Endpoint, Model = "tiny", Options = options };
        var clock = RunClock.Start();
        await using (ITarget target = embedded ? new EmbeddedTarget(setup, clock) : new OllamaTarget(setup, clock))
            await use(target);
        return [.. server.Requests.Where(request => request.Path == "/api/generate")
            .Select(request => Encoding.UTF8.GetString(request.Body))];
    }
}
