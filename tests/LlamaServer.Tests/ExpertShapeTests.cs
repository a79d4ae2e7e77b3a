using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>Experts of real architectures pass through a pool: shared experts, merged gate and up, biases of experts, dense layers between,
/// layers with sliding windows. The scores are equal to the last bit to those of the standard system.</summary>
[Collection("native")]
public sealed class ExpertShapeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-shape-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Long: every further architecture that llama.cpp takes as a small model.
    public static IEnumerable<TheoryDataRow<string, string>> Shapes() =>
    [
        new("qwen3moe", "Q8_0"), new("gpt-oss", "MXFP4"),
        .. new[] { ("deepseek2", "Q8_0"), ("llama4", "Q4_0"), ("grovemoe", "Q8_0"), ("arctic", "F16") }
            .Concat(("qwen2moe qwen3vlmoe phimoe olmoe dbrx deepseek glm4moe exaone-moe granitemoe bailingmoe bailingmoe2 dots1 afmoe "
                + "ernie4_5-moe hunyuan-moe smallthinker minimax-m2 mistral4 cohere2moe").Split(' ').Select(name => (name, "Q8_0")))
            .Select(shape => new TheoryDataRow<string, string>(shape.Item1, shape.Item2) { Skip = LongTests.Skip }),
    ];

    private TierPlan Tier(long memory) => new() { Folder = _folder, MemoryBytes = memory };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Decode_SmallPool_SameScoresToTheLastBit(string architecture, string experts)
    {
        var path = ShapedModel.Create(_folder, architecture, GgmlTypes.FindByName(experts)!.Value, LoadedLibrary.Log);
        var prompt = TinyModel.Tokens(60).Select(token => token % 1700).ToArray();
        List<float[]> plain;
        using (var rig = TierRig.Open(path, tier: null, batch: 32))
            plain = rig.Run(prompt, 8);
        Assert.All(plain, scores => Assert.True(scores.All(float.IsFinite) && scores.Distinct().Count() > 100));
        var refusal = Assert.Throws<TierException>(() => TierRig.Open(path, Tier(1), batch: 32).Dispose());
        Assert.Equal(TierProblem.NotEnoughMemory, refusal.Problem);

        using var tier = TierRig.Open(path, Tier(refusal.RequiredBytes!.Value), batch: 32);

        Assert.Equal(plain, tier.Run(prompt, 8));
        var use = tier.Session.Tier!.ExpertUse;
        Assert.True(use?.Misses > 0, $"{use} {tier.Session.Tier.Report}");
    }
}
