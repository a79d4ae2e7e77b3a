using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>How requests are read, and refused with the field, its value and a remedy.</summary>
public sealed class RequestReaderTests
{
    private static readonly RequestReader s_reader = new(new RequestDefaults(4096, 512, 2, 8192));

    [Theory]
    [InlineData("""{"options":[]}""", "options: [] is not an object")]
    [InlineData("""{"options":7}""", "options: 7 is not an object")]
    [InlineData("""{"memory_wall":"x"}""", """memory_wall: "x" is not an object""")]
    [InlineData("""{"prompt":5}""", "prompt: 5 is not a text")]
    [InlineData("""{"stream":"yes"}""", """stream: "yes" is not true or false""")]
    [InlineData("""{"keep_alive":{"a":1}}""", """keep_alive: {"a":1} is neither seconds as a number nor a duration such as 5m or -1""")]
    [InlineData("""{"keep_alive":"x"}""", """keep_alive: "x" is neither seconds as a number nor a duration such as 5m or -1""")]
    [InlineData("""{"options":{"num_ctx":0}}""", "num_ctx: 0 is not a whole number from 1 to 2147483391")]
    [InlineData("""{"options":{"num_ctx":2048.5}}""", "num_ctx: 2048.5 is not a whole number from 1 to 2147483391")]
    [InlineData("""{"options":{"num_ctx":"x"}}""", """num_ctx: "x" is not a whole number from 1 to 2147483391""")]
    [InlineData("""{"options":{"num_ctx":99999999999}}""", "num_ctx: 99999999999 is not a whole number from 1 to 2147483391")]
    [InlineData("""{"options":{"num_ctx":1e999}}""", "num_ctx: 1e999 is not a whole number from 1 to 2147483391")]
    [InlineData("""{"options":{"num_ctx":8193}}""", "num_ctx: 8193 is more than the model's trained context of 8192 tokens")]
    [InlineData("""{"options":{"num_thread":1025}}""", "num_thread: 1025 is not a whole number from 1 to 1024")]
    [InlineData("""{"options":{"num_thread_batch":0}}""", "num_thread_batch: 0 is not a whole number from 1 to 1024")]
    [InlineData("""{"options":{"num_batch":65537}}""", "num_batch: 65537 is not a whole number from 2 to 65536")]
    [InlineData("""{"options":{"num_gpu":-1}}""", "num_gpu: -1 is not a whole number from 0 to 10000")]
    [InlineData("""{"options":{"num_gpu":10001}}""", "num_gpu: 10001 is not a whole number from 0 to 10000")]
    [InlineData("""{"options":{"repack":1}}""", "repack: 1 is not true or false")]
    [InlineData("""{"options":{"kv_type":"q5"}}""", """kv_type: "q5" is not one of f16, q8_0, q4_0""")]
    [InlineData("""{"options":{"kv_type":5}}""", "kv_type: 5 is not one of f16, q8_0, q4_0")]
    [InlineData("""{"options":{"kv_type":"q8_0","flash_attention":"off"}}""",
        "kv_type: q8_0 needs flash attention; set flash_attention to on or auto")]
    [InlineData("""{"options":{"flash_attention":"maybe"}}""", """flash_attention: "maybe" is not one of on, off, auto""")]
    [InlineData("""{"options":{"load_mode":"x"}}""", """load_mode: "x" is not one of mmap, no_mmap, mlock""")]
    [InlineData("""{"options":{"num_predict":"x"}}""", """num_predict: "x" is not a whole number from -2147483648 to 2147483647""")]
    [InlineData("""{"options":{"num_predict":3000000000}}""",
        "num_predict: 3000000000 is not a whole number from -2147483648 to 2147483647")]
    [InlineData("""{"options":{"temperature":-1}}""", "temperature: -1 is not a number from 0 to 100")]
    [InlineData("""{"options":{"temperature":101}}""", "temperature: 101 is not a number from 0 to 100")]
    [InlineData("""{"options":{"temperature":"x"}}""", """temperature: "x" is not a number from 0 to 100""")]
    [InlineData("""{"options":{"top_k":-1}}""", "top_k: -1 is not a whole number from 0 to 2147483647")]
    [InlineData("""{"options":{"top_p":1.5}}""", "top_p: 1.5 is not a number from 0 to 1")]
    [InlineData("""{"options":{"seed":1.5}}""", "seed: 1.5 is not a whole number from -2147483648 to 2147483647")]
    [InlineData("""{"options":{"stop":5}}""", "stop: 5 is neither a text nor an array of texts")]
    [InlineData("""{"options":{"stop":["a",1]}}""", """stop: ["a",1] is neither a text nor an array of texts""")]
    [InlineData("""{"options":{"tier":5}}""", "tier: 5 is not an object")]
    [InlineData("""{"options":{"tier":{}}}""", "tier.folder: '' is not a full path; give one such as /mnt/ssd/memwall")]
    [InlineData("""{"options":{"tier":{"folder":"rel"}}}""", "tier.folder: 'rel' is not a full path; give one such as /mnt/ssd/memwall")]
    [InlineData("""{"options":{"tier":{"folder":5}}}""", "tier.folder: 5 is not a text")]
    [InlineData("""{"options":{"tier":{"folder":"/t","memory_bytes":0}}}""",
        "tier.memory_bytes: 0 is not a whole number from 1 to 1125899906842624")]
    [InlineData("""{"options":{"tier":{"folder":"/t","memory_bytes":"x"}}}""",
        """tier.memory_bytes: "x" is not a whole number from 1 to 1125899906842624""")]
    [InlineData("""{"options":{"tier":{"folder":"/t"},"flash_attention":"off"}}""",
        "tier: it needs flash attention; set flash_attention to on or auto")]
    [InlineData("""{"options":{"tier":{"folder":"/t"},"load_mode":"mlock"}}""",
        "load_mode: mlock cannot be combined with tier, which needs mmap")]
    [InlineData("""{"options":{"tier":{"folder":"/t"},"num_gpu":1}}""", "num_gpu: 1 cannot be combined with tier, which needs 0")]
    [InlineData("""{"options":{"conversation_cache":"disk"}}""", """conversation_cache: "disk" is not one of recompute, ram, tier""")]
    [InlineData("""{"options":{"conversation_cache":"tier"}}""",
        "conversation_cache: tier keeps conversations in the folder of options.tier, which is missing")]
    [InlineData("""{"options":{"conversation_cache":"ram","flash_attention":"off"}}""",
        "conversation_cache: ram needs flash attention; set flash_attention to on or auto")]
    [InlineData("""{"options":{"conversation_cache":"ram","num_gpu":1}}""",
        "conversation_cache: ram cannot copy a KV cache in accelerator memory; set num_gpu to 0")]
    [InlineData("""{"options":{"conversation_ram_bytes":-1}}""",
        "conversation_ram_bytes: -1 is not a whole number from 0 to 1125899906842624")]
    [InlineData("""{"memory_wall":{"conversation":1}}""", "conversation: 1 is not true or false")]
    [InlineData("""{"memory_wall":{"prompt_tokens":"x"}}""", """prompt_tokens: "x" is not an array of whole numbers""")]
    [InlineData("""{"memory_wall":{"prompt_tokens":[1,"x"]}}""", """prompt_tokens[1]: "x" is not a whole number""")]
    [InlineData("""{"memory_wall":{"prompt_tokens":[1,2.5]}}""", "prompt_tokens[1]: 2.5 is not a whole number")]
    [InlineData("""{"memory_wall":{"prompt_tokens":[1,null]}}""", "prompt_tokens[1]: null is not a whole number")]
    [InlineData("""{"memory_wall":{"ignore_eos":"x"}}""", """ignore_eos: "x" is not true or false""")]
    [InlineData("""{"memory_wall":{"jump_tokens":-1}}""", "jump_tokens: -1 is not a whole number from 0 to 2147483647")]
    [InlineData("""{"memory_wall":{"probe_at":7}}""", "probe_at: 7 is not an array of whole numbers")]
    [InlineData("""{"memory_wall":{"probe_batch":0}}""", "probe_batch: 0 is not a whole number from 1 to 2147483647")]
    [InlineData("{\"prompt\":\"\\ud800x\"}", "prompt: \"\\ud800x\" is not a text")]
    public void Read_WrongField_IsNamed(string body, string message)
    {
        var refusal = Assert.Throws<RefusedException>(() => Read(body));
        Assert.Equal((400, message), (refusal.Status, refusal.Message));
    }

    [Fact]
    public void Read_NotAnObject_IsRefused() =>
        Assert.Equal("the body is not a JSON object", Assert.Throws<RefusedException>(() => Read("[]")).Message);

    [Fact]
    public void Read_LongValue_IsCut() =>
        Assert.InRange(Assert.Throws<RefusedException>(
            () => Read("{\"prompt\":[\"" + new string('x', 10_000) + "\"]}")).Message.Length, 100, 200);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"options":null,"memory_wall":null,"prompt":null}""")]
    [InlineData("""{"unknown":{"a":1},"options":{"unknown":[1]},"shift":true}""")]
    public void Read_NothingKnown_HasDefaults(string body)
    {
        var request = Read(body);
        Assert.Equal(new ContextOptions(4096, "f16", null, 512, 2, 2), request.Context);
        Assert.Equal(ModelOptions.Default, request.Model);
        Assert.Equal(new SamplingOptions(), request.Sampling);
        Assert.Equal(("", true, false, null, null), (request.Prompt, request.Stream, request.Truncate, request.KeepAlive,
            request.MaxOutputTokens));
        Assert.Equal((null, false, true, 0, 0, null), (request.PromptTokens, request.IgnoreEos, request.UsePromptCache,
            request.SkipPromptTokens, request.ProbeDepths.Count, request.ProbeBatchTokens));
    }

    [Fact]
    public void Read_AllFields_AreRead()
    {
        var request = Read(
            """
            {"prompt":"p","stream":false,"truncate":true,"keep_alive":"5m",
             "options":{"num_ctx":2048.0,"num_gpu":1,"num_batch":128,"num_thread":3,"num_thread_batch":4,"temperature":0.5,"seed":-1,
              "num_predict":7,"top_k":3,"top_p":0.25,"kv_type":"q8_0","flash_attention":"on","load_mode":"mlock","repack":false,
              "stop":["a","","b"]},
             "memory_wall":{"prompt_tokens":[1,2,3],"probe_at":[1,3],"ignore_eos":true,"prompt_cache":false,"jump_tokens":2,
              "save_state":true,"resume_state":true,"prompt_progress":true,"token_times":true,"probe_batch":5}}
            """);
        Assert.Equal(new ContextOptions(2048, "q8_0", true, 128, 3, 4), request.Context);
        Assert.Equal(new ModelOptions(LoadMode.Mlock, 1, false), request.Model);
        Assert.Equal(new SamplingOptions(0.5f, 3, 0.25f, uint.MaxValue), request.Sampling);
        Assert.Equal(("p", false, true, TimeSpan.FromMinutes(5), 7), (request.Prompt, request.Stream, request.Truncate,
            request.KeepAlive!.Value, request.MaxOutputTokens!.Value));
        Assert.Equal(["a", "b"], request.StopSequences);
        Assert.Equal([1, 2, 3], request.PromptTokens!);
        Assert.Equal([1, 3], request.ProbeDepths);
        Assert.Equal((true, false, 2, 5), (request.IgnoreEos, request.UsePromptCache, request.SkipPromptTokens,
            request.ProbeBatchTokens!.Value));
        Assert.True(request is { SaveState: true, ResumeState: true, ReportProgress: true, ReportTokenTimes: true });
    }

    [Fact]
    public void Read_Conversations_HaveTheirPolicyAndWhatItNeeds()
    {
        var request = Read("""
            {"options":{"conversation_cache":"ram","conversation_ram_bytes":5},"memory_wall":{"conversation":true}}
            """);
        Assert.Equal(new ConversationPlan(CachePolicy.Ram, 5), request.Context.Conversations);
        Assert.Equal((true, true, true), (request.Context.FlashAttention, request.KeepsConversations, request.ComputesWholeBatches));
        var other = Read("""{"options":{"tier":{"folder":"/t"},"conversation_ram_bytes":0}}""");
        Assert.Equal(new ConversationPlan(CachePolicy.Tier, 0), other.Context.Conversations);
        Assert.Equal((false, false), (other.KeepsConversations, other.ComputesWholeBatches));
    }

    [Fact]
    public void Read_Tier_SetsWhatItNeeds()
    {
        var folder = Path.GetFullPath("tier");
        var request = Read($$"""
            {"options":{"tier":{"folder":{{JsonSerializer.Serialize(folder)}},"memory_bytes":1,"storage_bytes":2,
             "bandwidth_bytes_per_second":3000000,"latency_ns":400} } }
            """);
        Assert.Equal(new TierPlan
        {
            Folder = folder,
            MemoryBytes = 1,
            StorageBytes = 2,
            BandwidthBytesPerSecond = 3_000_000,
            Latency = TimeSpan.FromTicks(4),
        }, request.Context.Tier);
        Assert.True(request.Context.FlashAttention);
        Assert.True(request.Model.Repack);
    }

    private static GenerateRequest Read(string body)
    {
        using var document = JsonDocument.Parse(body);
        return s_reader.Read(document.RootElement);
    }
}
