using MemoryWall.Models.Gguf;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.Engine.Tests.Models.Synthetic;

public sealed class SyntheticSpecTests
{
    [Theory]
    [InlineData("nano", "layers=6,embd=384,heads=6,kv=2,ff=1024,vocab=32768,weights=q4_0,ctx=131072,tied=true,tokenizer=gpt2,seed=1")]
    [InlineData("small", "layers=30,embd=576,heads=9,kv=3,ff=1536,vocab=49152,weights=q4_0,ctx=131072,tied=true,tokenizer=gpt2,seed=1")]
    [InlineData("1b", "layers=16,embd=2048,heads=32,kv=8,ff=8192,vocab=128256,weights=q8_0,ctx=131072,tied=true,tokenizer=gpt2,seed=1")]
    [InlineData("8B", "layers=32,embd=4096,heads=32,kv=8,ff=14336,vocab=128256,weights=q4_0,ctx=131072,tied=false,tokenizer=gpt2,seed=1")]
    [InlineData("moe-small", "layers=10,embd=512,heads=8,kv=2,ff=128,vocab=32768,weights=q8_0,ctx=131072,tied=true,tokenizer=gpt2,seed=1,"
        + "experts=64,used=4,expert-width=128,arch=qwen3moe,locality=2")]
    [InlineData("moe-1b", "layers=16,embd=512,heads=8,kv=2,ff=768,vocab=32768,weights=q8_0,ctx=131072,tied=true,tokenizer=gpt2,seed=1,"
        + "experts=64,used=4,expert-width=768,arch=llama,locality=1.6")]
    public void Parse_Preset_IsItsShape(string name, string shape)
    {
        var spec = SyntheticSpec.Parse(name);

        Assert.Equal(name.ToLowerInvariant(), spec.Name);
        Assert.Equal(shape, spec.ToString());
        Assert.Equal(spec with { Name = "custom" }, SyntheticSpec.Parse(spec.ToString()));
    }

    [Fact]
    public void Parse_Pairs_TakeTheRestFromNano()
    {
        var spec = SyntheticSpec.Parse(
            "layers=8, embd=512, heads=8, kv=2, ff=1408, vocab=32k, weights=Q8_0, ctx=128k, tokenizer=spm, seed=0");

        Assert.Equal(new SyntheticSpec
        {
            Layers = 8,
            Embedding = 512,
            Heads = 8,
            KvHeads = 2,
            FeedForward = 1408,
            Vocabulary = 32_768,
            Weights = GgmlType.Q8_0,
            ContextTokens = 131_072,
            Tokenizer = SyntheticTokenizer.Spm,
            Seed = 0,
        }, spec);
    }

    [Fact]
    public void Parse_PresetWithPairs_DiffersInThemAlone() =>
        Assert.Equal(SyntheticSpec.Small with { Name = "custom", ContextTokens = 8192 }, SyntheticSpec.Parse("small,ctx=8k"));

    [Theory]
    [InlineData("huge", "'huge' is not a preset")]
    [InlineData("", "'' is not a preset")]
    [InlineData("layers=0", "layers is '0'")]
    [InlineData("layers=513", "layers is 513; it must be 1 to 512")]
    [InlineData("layers=x", "layers is 'x'")]
    [InlineData("embd=100", "embd is 100; it must be a multiple of 32")]
    [InlineData("heads=5", "heads is 5; it must be a divisor of embd (384)")]
    [InlineData("heads=384,kv=1", "heads is 384")]
    [InlineData("kv=4", "kv is 4; it must be a divisor of heads (6)")]
    [InlineData("ff=33", "ff is 33")]
    [InlineData("vocab=256", "vocab is 256; it must be 257 to")]
    [InlineData("vocab=300,tokenizer=spm", "vocab is 300; it must be 554 to")]
    [InlineData("vocab=1M", "vocab is 1048576")]
    [InlineData("weights=q5_0", "weights is Q5_0; it must be f16, q8_0 or q4_0")]
    [InlineData("weights=q9", "weights is 'q9'")]
    [InlineData("tied=maybe", "tied is 'maybe'")]
    [InlineData("tokenizer=word", "tokenizer is 'word'")]
    [InlineData("seed=-1", "seed is '-1'")]
    [InlineData("ctx=2000000000", "ctx is 2000000000")]
    [InlineData("used=2", "experts is 0; it must be 2 to 512")]
    [InlineData("experts=8,used=9", "used is 9; it must be 1 to the number of experts (8)")]
    [InlineData("experts=8,expert-width=33", "expert-width is 33; it must be a multiple of 32")]
    [InlineData("experts=8,arch=mixtral", "arch is 'mixtral'; it must be llama or qwen3moe")]
    [InlineData("experts=8,locality=-1", "locality is '-1'; it must be a number from 0 to 16")]
    [InlineData("experts=8,locality=17", "locality is 17; it must be 0 to 16")]
    [InlineData("depth=3", "'depth' is not a field")]
    [InlineData("layers=3,layers=4", "layers is given twice")]
    [InlineData("nano,fast", "'fast' is not a name=value pair")]
    [InlineData("nano,", "'' is not a name=value pair")]
    public void Parse_WrongField_IsNamed(string text, string message)
    {
        var error = Assert.Throws<FormatException>(() => SyntheticSpec.Parse(text));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ExpertsInAnyOrder_AreOneShape() => Assert.Equal(
        new SyntheticExperts { Count = 8, Used = 3, Width = 96, Architecture = SyntheticArchitecture.Qwen3Moe, Locality = 0.5 },
        SyntheticSpec.Parse("locality=0.5,used=3,arch=qwen3moe,expert-width=96,experts=8").Experts);

    [Fact]
    public void Locality_OtherWeights_IsNotThatOfThePreset()
    {
        Assert.NotNull(ExpertLocality.Find(SyntheticSpec.Parse("moe-small,ctx=8k")));
        Assert.Null(ExpertLocality.Find(SyntheticSpec.Parse("moe-small,seed=2")));
        Assert.Null(ExpertLocality.Find(SyntheticSpec.Nano));
    }

    [Theory]
    [InlineData("nano", true)]
    [InlineData("1B", true)]
    [InlineData("layers=2", true)]
    [InlineData("nano,ctx=4k", true)]
    [InlineData("nano.gguf", false)]
    [InlineData("./a=b", false)]
    [InlineData("llama3.2:1b", false)]
    public void IsMeant_Text_TellsModelsFromFiles(string text, bool meant) => Assert.Equal(meant, SyntheticSpec.IsSpecText(text));
}
