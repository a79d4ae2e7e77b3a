using MemoryWall.Core.Facts;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Shapes;

public sealed class SlidingWindowReaderTests
{
    private static string Pattern(string architecture, uint layers, params (string, object)[] more) =>
        string.Concat(
            Layers(architecture, Transformer(layers, 1024, 8, 4, more)).Cast<AttentionLayer>()
                .Select(layer => layer.SlidingWindow is null ? 'F' : 's'));

    [Theory]
    [InlineData("gemma2", 6u, "sFsFsF")]
    [InlineData("gemma3", 12u, "sssssFsssssF")]
    [InlineData("gemma3n", 10u, "ssssFssssF")]
    [InlineData("gpt-oss", 4u, "sFsF")]
    [InlineData("gptoss", 4u, "sFsF")]
    [InlineData("cohere2", 8u, "sssFsssF")]
    [InlineData("cohere2moe", 8u, "FsssFsss")]
    [InlineData("olmo2", 4u, "sssF")]
    [InlineData("llama4", 4u, "sssF")]
    [InlineData("smallthinker", 8u, "FsssFsss")]
    [InlineData("exaone4", 4u, "FFFF")]
    [InlineData("phi3", 4u, "FFFF")]
    [InlineData("llama", 4u, "FFFF")]
    [InlineData("mistral3", 4u, "FFFF")]
    public void Read_WindowWithoutPattern_FollowsTheArchitecture(string architecture, uint layers, string pattern) =>
        Assert.Equal(pattern, Pattern(architecture, layers, ("attention.sliding_window", 128u)));

    [Theory]
    [InlineData("gemma3", 512, 512)]
    [InlineData("gpt-oss", 128, 128)]
    [InlineData("llama4", 1000, 8192)]
    [InlineData("smallthinker", 1000, 4096)]
    public void Read_Window_IsTheModelsUnlessLlamaCppFixesIt(string architecture, int told, int window) =>
        Assert.Equal(window,
            ((AttentionLayer)Layers(architecture, Transformer(8, 1024, 8, 4, ("attention.sliding_window", told)))[2]).SlidingWindow);

    [Theory]
    [InlineData("gemma2", 4096)]
    [InlineData("llama4", 8192)]
    [InlineData("exaone4", 4096)]
    public void Read_NoWindow_IsTheArchitecturesDefault(string architecture, int window) =>
        Assert.Equal(window, ((AttentionLayer)Layers(architecture, Transformer(64, 1024, 8, 4))[0]).SlidingWindow);

    [Theory]
    [InlineData("llama4")]
    [InlineData("gemma3")]
    [InlineData("olmo2")]
    public void Read_WindowOfZero_IsNone(string architecture) =>
        Assert.Equal("FFFF", Pattern(architecture, 4, ("attention.sliding_window", 0u)));

    [Fact]
    public void Read_Exaone4With32B_Slides() =>
        Assert.Equal(48, Pattern("exaone4", 64, ("attention.sliding_window", 4096u)).Count(kind => kind == 's'));

    [Fact]
    public void Read_PatternPerLayer_IsTakenForAnyArchitecture() =>
        Assert.Equal("sFFs",
            Pattern("new-one", 4, ("attention.sliding_window", 128u),
                ("attention.sliding_window_pattern", new[] { true, false, false, true })));

    [Theory]
    [InlineData(3u, "ssFssF")]
    [InlineData(1u, "FFFFFF")]
    [InlineData(0u, "ssssss")]
    public void Read_PatternAsPeriod_IsTakenForAnyArchitecture(uint period, string pattern) =>
        Assert.Equal(pattern, Pattern("gemma3", 6, ("attention.sliding_window", 128u), ("attention.sliding_window_pattern", period)));

    [Theory]
    [InlineData("granite_swa")]
    [InlineData("maion-coder")]
    [InlineData("maple")]
    [InlineData("muse-glimmer")]
    [InlineData("spark2_5")]
    public void Read_FlagsOfEachLayer_AreTaken(string architecture) =>
        Assert.Equal("FssF", Pattern(architecture, 4, ("attention.sliding_window", 128u), ("feed_forward_length", 640u),
            ("attention.sliding_window_pattern", new[] { false, true, true, false })));

    [Theory]
    [InlineData(new[] { true, false, true }, 128)]
    [InlineData(new[] { true, false }, null)]
    public void Read_FlagOfALayerThatDrafts_IsTakenWhereThereIsOne(bool[] flags, int? window) =>
        Assert.Equal(window, MemoryWall.Models.Shapes.ModelShapeReader.Read(Model("step35", Transformer(3, 1024, 8, 4,
            ("nextn_predict_layers", 1u), ("attention.sliding_window", 128u), ("attention.sliding_window_pattern", flags))))
            .DraftLayers!.Cast<AttentionLayer>().Single().SlidingWindow);

    [Fact]
    public void Read_MuseGlimmerWithAPeriod_AttendsToAllInTheLastLayerOfEach() =>
        Assert.Equal("ssFssF", Pattern("muse-glimmer", 6, ("attention.sliding_window", 128u), ("attention.sliding_window_pattern", 3u)));

    [Fact]
    public void Read_OwnWidthsOfSlidingLayers_AreTaken()
    {
        // As in Gemma 4.
        var layers = Layers("gemma4",
            Transformer(2, 1024, 8, 4, ("attention.sliding_window", 512u), ("attention.sliding_window_pattern", new[] { true, false }),
            ("attention.key_length", 512u), ("attention.value_length", 512u), ("attention.key_length_swa", 256u),
            ("attention.value_length_swa", 256u)));

        Assert.Equal([new AttentionLayer(8, 4, 256, 256, 512), new AttentionLayer(8, 4, 512, 512)], layers);
    }
}
