using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using MemoryWall.Reporting.Phrases;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Forecast;

public sealed class ServerOptionsTests
{
    private static readonly ForecastSettings s_default = new();

    [Fact]
    public void Apply_Auto_IsFourSlotsThatShareOneCache()
    {
        var settings = new ServerOptions().Apply(s_default);

        Assert.Equal((4, true, 4), (settings.Sequences, settings.UnifiedCache, settings.OutputTokens));
    }

    [Theory]
    [InlineData(3, null, false)]
    [InlineData(3, true, true)]
    [InlineData(null, false, false)]
    public void Apply_Slots_ShareOnlyWhereAutoOrAsked(int? slots, bool? asked, bool shared) =>
        Assert.Equal(shared, new ServerOptions { Slots = slots, Unified = asked }.Apply(s_default).UnifiedCache);

    [Fact]
    public void Apply_OldBuild_ReservesLogitsOfTheMicroBatch() =>
        Assert.Null(new ServerOptions { Build = 9000 }.Apply(s_default).OutputTokens);

    [Fact]
    public void Compute_Drafts_KeepStatesAndACacheOfTheirOwn()
    {
        var shape = ModelShapeReader.Read(Model("qwen35", Transformer(5, 512, 8, 4, ("attention.key_length", 64u),
            ("attention.value_length", 64u), ("ssm.conv_kernel", 4u), ("ssm.inner_size", 256u), ("ssm.state_size", 32u),
            ("ssm.group_count", 2u), ("nextn_predict_layers", 1u), ("vocab_size", 1000u), ("feed_forward_length", 1024u))));
        var plain = MemoryForecast.Compute(shape, new ServerOptions { Slots = 2 }.Apply(s_default), 4096);
        var drafting = MemoryForecast.Compute(shape, new ServerOptions { Slots = 2, DraftTokens = 3 }.Apply(s_default), 4096);

        Assert.Equal(4 * plain.RecurrentBytes, drafting.RecurrentBytes);
        Assert.Equal(plain.KvBytes, drafting.KvBytes);
        Assert.Equal(0, plain.DraftBytes);
        // One layer of four heads of 64 keys and values, and a compute buffer.
        Assert.InRange(drafting.DraftBytes!.Value, 4096 * 4 * 64 * 2 * 2, (4096 * 4 * 64 * 2 * 2) + plain.ComputeBytes!.Value);
        Assert.Equal(drafting.TotalBytes,
            drafting.WeightsBytes + drafting.KvBytes + drafting.RecurrentBytes + drafting.DraftBytes + drafting.ComputeBytes);
    }

    [Fact]
    public void Compute_DraftModel_IsTheModelOfItsOwnWithTheServersSlots()
    {
        var (main, drafts) = (RecordedBuffers.ShapeOf("small"), RecordedBuffers.ShapeOf("nano"));
        var settings = new ServerOptions { DraftTokens = 3 }.Apply(s_default) with { DraftModel = drafts };
        var alone = MemoryForecast.Compute(drafts, new ServerOptions().Apply(s_default), 8192);
        var plain = MemoryForecast.Compute(main, settings with { DraftModel = null, DraftTokens = 0 }, 8192);
        var row = MemoryForecast.Compute(main, settings, 8192);

        Assert.Equal(alone.TotalBytes, row.DraftBytes);
        Assert.Equal(plain.TotalBytes + alone.TotalBytes, row.TotalBytes);
        Assert.Equal(plain.ResidentBytes + alone.ResidentBytes, row.ResidentBytes);
        Assert.Equal(plain.AnonymousBytes + alone.AnonymousBytes, row.AnonymousBytes);
        Assert.Equal(row.TotalBytes, row.Host.TotalBytes);
        var narrow = MemoryForecast.Compute(main, settings with { DraftKeyType = KvCacheType.Q8_0, DraftValueType = KvCacheType.Q8_0 },
            8192);
        var saved = alone.KvBytes - (alone.KvBytes * 34 / 64);
        Assert.InRange(row.DraftBytes!.Value - narrow.DraftBytes!.Value, saved - (1 << 20), saved + (1 << 20));
        Assert.Equal(row.KvBytes, narrow.KvBytes);
    }

    // A small model of 6 layers of 256 embeddings, as llama-server (build 11669, no GPU) prints it with -md and three drafted tokens.
    [Theory]
    [InlineData("lfm2", 16.00, 0.01)]
    public void Compute_DraftModel_LeavesOneCopyOfStates(string architecture, double kv, double states)
    {
        var heads = Enumerable.Range(0, 6).Select(i => i % 3 == 2 ? 2 : 0).ToArray();
        var shape = ModelShapeReader.Read(Model(architecture, Transformer(6, 256, 8, 2, ("attention.head_count_kv", heads),
            ("shortconv.l_cache", 3u), ("feed_forward_length", 640u), ("vocab_size", 2000u))));
        var settings = new ServerOptions { Slots = 1, DraftTokens = 3 }.Apply(s_default) with
        {
            DraftModel = RecordedBuffers.ShapeOf("nano"),
        };
        var row = MemoryForecast.Compute(shape, settings, 32_768);

        Assert.Equal(kv, row.KvBytes / (double)(1 << 20), 0.006);
        Assert.Equal(states, row.RecurrentBytes / (double)(1 << 20), 0.006);
        Assert.Equal(4 * row.RecurrentBytes, MemoryForecast.Compute(shape with { DraftLayers = [shape.Layers[2]] },
            settings with { DraftModel = null }, 32_768).RecurrentBytes);
    }

    [Fact]
    public void Compute_DraftModelBesideOffloadedLayers_IsOnTheAccelerators()
    {
        var (main, drafts) = (RecordedBuffers.ShapeOf("small"), RecordedBuffers.ShapeOf("nano"));
        var settings = new ServerOptions { DraftTokens = 3 }.Apply(s_default) with { GpuLayers = 99, TensorSplit = [1, 1] };
        var plain = MemoryForecast.Compute(main, settings with { DraftTokens = 0 }, 8192);
        var row = MemoryForecast.Compute(main, settings with { DraftModel = drafts }, 8192);

        var more = row.Accelerators!.Zip(plain.Accelerators!, (with, without) => with.TotalBytes - without.TotalBytes).ToList();
        Assert.All(more, bytes => Assert.True(bytes > 0));
        Assert.Equal(row.Accelerator!.TotalBytes - plain.Accelerator!.TotalBytes, more.Sum());
        Assert.Equal(row.TotalBytes, row.Host.TotalBytes + row.Accelerator.TotalBytes);
        Assert.True(row.Host.TotalBytes - plain.Host.TotalBytes < more.Sum());
    }

    [Fact]
    public void FindProblems_OfADraftModel_NameIt()
    {
        var settings = s_default with { DraftTokens = 3, DraftModel = new() { Architecture = "bert", EmbeddingLength = 8, Layers = [] } };
        Assert.Contains(MemoryForecast.FindProblems(RecordedBuffers.ShapeOf("nano"), settings),
            problem => problem.StartsWith("the draft model: 'bert'", StringComparison.Ordinal));
        Assert.DoesNotContain(MemoryForecast.FindProblems(RecordedBuffers.ShapeOf("nano"), settings),
            problem => problem.Contains("cannot draft for itself", StringComparison.Ordinal));
    }

    [Fact]
    public void Compute_KvOnHost_LeavesNoneOnTheAccelerator()
    {
        Assert.True(KnownModels.TryGet("llama-3.1-8b", null, out var shape));
        var row = MemoryForecast.Compute(shape, s_default with { GpuLayers = 33, KvOnHost = true }, 8192);

        Assert.Equal(0, row.Accelerator!.KvBytes);
        Assert.Equal(row.KvBytes, row.Host.KvBytes);
    }

    [Theory]
    [InlineData("nobody-knows", false)]
    [InlineData("qwen3", true)]
    public void ComputeTable_Architecture_IsKnownOrNot(string architecture, bool known) =>
        Assert.Equal(known, MemoryForecast.ComputeTable(ModelShapeReader.Read(Model(architecture, Transformer(2, 512, 8, 4))), s_default,
            [1024]).IsKnownArchitecture);

    // Keys of architectures that this forecast does not compute by layers of their own.
    [Theory]
    [InlineData("attention.indexer.key_length", "leaves out the cache of its sparse-attention index.")]
    [InlineData("hyper_connection.count", "leaves out the buffers of its several residual streams.")]
    [InlineData("rope.freq_base_swa", "may be too small.")]
    public void ComputeTable_UnknownArchitecture_TellsWhatIsLeftOut(string key, string expected)
    {
        var table = MemoryForecast.ComputeTable(ModelShapeReader.Read(Model("nobody-knows", Transformer(2, 512, 8, 4, (key, 128u)))),
            s_default, [1024]);
        Assert.EndsWith(expected, ForecastPhrases.FormatUnknownArchitecture(table), StringComparison.Ordinal);
    }

    // Layers that the reader knows have their index.
    [Fact]
    public void ComputeTable_KnownIndex_LeavesNothingOut()
    {
        var keys = Transformer(2, 512, 8, 1, ("attention.key_length", 96u), ("attention.key_length_mla", 96u),
            ("attention.value_length_mla", 64u), ("attention.kv_lora_rank", 64u), ("attention.indexer.key_length", 128u));
        Assert.Equal(UnreadParts.None, MemoryForecast.ComputeTable(ModelShapeReader.Read(Model("deepseek32", keys)), s_default, [1024])
            .Unread);
    }

    [Fact]
    public void Compute_Grok_HasNoFlashAttention()
    {
        var keys = Transformer(2, 512, 8, 4, ("vocab_size", 1000u), ("feed_forward_length", 512u));
        static long? Bytes(string architecture, (string, object)[] keys, bool flash) => MemoryForecast.Compute(
            ModelShapeReader.Read(Model(architecture, keys)), new ForecastSettings { FlashAttention = flash }, 8192).ComputeBytes;

        Assert.Equal(Bytes("grok", keys, false), Bytes("grok", keys, true));
        Assert.True(Bytes("llama", keys, true) < Bytes("llama", keys, false));
    }
}
