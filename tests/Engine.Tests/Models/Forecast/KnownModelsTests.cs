using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Engine.Tests.Models.Forecast;

public class KnownModelsTests
{
    /// <summary>Parameter counts as published on the models' pages and printed by llama.cpp for their GGUF files.</summary>
    [Theory]
    [InlineData("llama-3.2-1b", 1_235_814_400)]
    [InlineData("llama-3.2-3b", 3_212_749_824)]
    [InlineData("llama-3.1-8b", 8_030_261_248)]
    [InlineData("llama-3.3-70b", 70_553_706_496)]
    [InlineData("mistral-7b", 7_248_023_552)]
    [InlineData("qwen3-0.6b", 596_049_920)]
    [InlineData("qwen3-4b", 4_022_468_096)]
    [InlineData("qwen3-8b", 8_190_735_360)]
    [InlineData("qwen3-14b", 14_768_307_200)]
    [InlineData("qwen3-32b", 32_762_123_264)]
    [InlineData("qwen3-30b-a3b", 30_532_122_624)]
    [InlineData("gpt-oss-20b", 20_914_757_184)]
    [InlineData("gpt-oss-120b", 116_829_156_672)]
    [InlineData("deepseek-v3", 671_026_419_200)]
    [InlineData("gemma-3-1b", 999_885_952)]
    [InlineData("gemma-3-12b", 11_766_034_176)]
    [InlineData("gemma-3-27b", 27_009_346_304)]
    [InlineData("granite-4.0-h-small", 32_207_337_984)]
    public void TryGet_KnownName_CountsThePublishedParameters(string name, long parameters)
    {
        Assert.True(KnownModels.TryGet(name, null, out var shape));
        Assert.Equal(parameters, shape.ParameterCount);
    }

    /// <summary>Parameters as published, rounded by most publishers; small vectors of some architectures are not counted.</summary>
    [Theory]
    [InlineData("qwen2.5-0.5b", 0.494e9)]
    [InlineData("qwen2.5-7b", 7.616e9)]
    [InlineData("qwen2.5-32b", 32.76e9)]
    [InlineData("qwen2.5-72b", 72.71e9)]
    [InlineData("qwen3-235b-a22b", 235.1e9)]
    [InlineData("qwen3-coder-30b-a3b", 30.53e9)]
    [InlineData("gemma-2-2b", 2.614e9)]
    [InlineData("gemma-2-9b", 9.242e9)]
    [InlineData("gemma-2-27b", 27.23e9)]
    [InlineData("phi-3-mini", 3.821e9)]
    [InlineData("phi-4", 14.66e9)]
    [InlineData("phi-4-mini", 3.836e9)]
    [InlineData("mistral-nemo-12b", 12.25e9)]
    [InlineData("mistral-small-24b", 23.57e9)]
    [InlineData("mixtral-8x7b", 46.70e9)]
    [InlineData("mixtral-8x22b", 140.6e9)]
    [InlineData("llama-3.1-405b", 410e9)]
    [InlineData("llama-3.1-405b-8kv", 405.85e9)]
    [InlineData("llama-4-scout", 107.8e9)]
    [InlineData("deepseek-v2-lite", 15.71e9)]
    [InlineData("deepseek-r1", 671.0e9)]
    [InlineData("glm-4-9b", 9.40e9)]
    [InlineData("glm-4.5-air", 106.9e9)]
    [InlineData("glm-4.5", 355e9)]
    [InlineData("granite-4.0-h-tiny", 6.94e9)]
    [InlineData("lfm2-1.2b", 1.170e9)]
    [InlineData("qwen3.5-27b", 26.90e9)]
    [InlineData("qwen3.8-27b", 26.90e9)]
    [InlineData("qwen3-next-80b-a3b", 79.67e9)]
    [InlineData("qwen3.6-35b-a3b", 34.66e9)]
    [InlineData("qwen3.5-397b-a17b", 396.3e9)]
    [InlineData("gemma-3n-e2b", 4.46e9)]
    [InlineData("gemma-3n-e4b", 6.87e9)]
    [InlineData("gemma-4-e4b", 7.52e9)]
    [InlineData("gemma-4-26b-a4b", 25.2e9)]
    [InlineData("gemma-4-31b", 30.7e9)]
    [InlineData("qwen3.5-122b-a10b", 122e9)]
    [InlineData("granite-4.0-350m", 0.352e9)]
    [InlineData("granite-4.0-1b", 1.63e9)]
    [InlineData("granite-4.0-micro", 3.40e9)]
    [InlineData("granite-4.0-h-350m", 0.340e9)]
    [InlineData("granite-4.0-h-1b", 1.46e9)]
    [InlineData("granite-4.0-h-micro", 3.19e9)]
    [InlineData("llama-4-maverick", 400.7e9)]
    [InlineData("nemotron-nano-9b-v2", 8.89e9)]
    [InlineData("nemotron-3-nano-30b-a3b", 31.6e9)]
    public void TryGet_FurtherName_HasThePublishedParameters(string name, double parameters)
    {
        Assert.True(KnownModels.TryGet(name, null, out var shape));
        Assert.InRange(shape.ParameterCount!.Value / parameters, 0.99, 1.01);
    }

    /// <summary>The KV cache of models by name, as llama.cpp prints it (MiB).</summary>
    [Theory]
    [InlineData("llama-3.1-405b", 128_000, 123.046875 * 1024)]
    [InlineData("qwen3-235b-a22b", 4096, 752.00)]
    [InlineData("gemma-2-2b", 8192, 832.00)]
    [InlineData("phi-3-mini", 4096, 1536.00)]
    [InlineData("deepseek-v3.2", 8192, 671.00)]
    [InlineData("lfm2-1.2b", 8192, 96.00)]
    [InlineData("gemma-4-12b", 8192, 128.00 + 1440.00)]
    [InlineData("nemotron-nano-9b-v2", 8192, 128.00)]
    [InlineData("nemotron-3-nano-30b-a3b", 8192, 48.00)]
    public void TryGet_Name_HasTheCacheThatLlamaCppPrints(string name, int context, double mebibytes)
    {
        Assert.True(KnownModels.TryGet(name, null, out var shape));
        var row = MemoryForecast.Compute(shape, new ServerOptions().Apply(new ForecastSettings()), context);
        Assert.Equal(mebibytes, row.KvBytes / (double)(1 << 20), 0.01);
    }

    /// <summary>Tensor bytes of q8_0 files with these shapes, summed by llama.cpp's own type sizes.</summary>
    [Theory]
    [InlineData("llama-3.1-8b", 8_532_934_656)]
    [InlineData("llama-3.2-1b", 1_313_251_328)]
    [InlineData("qwen3-30b-a3b", 32_477_962_240)]
    [InlineData("gemma-3-12b", 12_503_660_544)]
    [InlineData("deepseek-v3", 713_281_210_368)]
    [InlineData("granite-4.0-h-small", 34_261_297_152)]
    public void TryGet_Q8_WeighsWhatLlamaCppLoads(string name, long bytes)
    {
        Assert.True(KnownModels.TryGet(name, WeightType.Q8_0, out var shape));
        Assert.InRange(shape.WeightBytes!.Value / (double)bytes, 0.9999, 1.0001);
    }

    /// <summary>Sizes of published downloads: the q4_k_m files of these models, and gpt-oss as llama.cpp lists it (11.27 and 59.02
    /// GiB).</summary>
    [Theory]
    [InlineData("llama-3.1-8b", "q4_k_m", 4.92e9)]
    [InlineData("llama-3.2-1b", "q4_k_m", 0.808e9)]
    [InlineData("llama-3.2-3b", "q4_k_m", 2.02e9)]
    [InlineData("llama-3.3-70b", "q4_k_m", 42.5e9)]
    [InlineData("mistral-7b", "q4_k_m", 4.37e9)]
    [InlineData("qwen3-8b", "q4_k_m", 5.03e9)]
    [InlineData("llama-3.1-8b", "q6_k", 6.60e9)]
    [InlineData("llama-3.1-8b", "q5_k_m", 5.73e9)]
    [InlineData("llama-3.1-8b", "q4_0", 4.66e9)]
    [InlineData("gpt-oss-20b", "mxfp4", 11.27 * (1 << 30))]
    [InlineData("gpt-oss-120b", "mxfp4", 59.02 * (1 << 30))]
    public void TryGet_PublishedFile_IsWithinTwoPercent(string name, string type, double bytes)
    {
        Assert.True(KnownModels.TryGet(name, WeightType.Parse(type), out var shape));
        Assert.InRange(shape.WeightBytes!.Value / bytes, 0.98, 1.02);
    }

    [Theory]
    [InlineData("qwen3-30b-a3b", 3.3e9)]
    [InlineData("gpt-oss-20b", 3.6e9)]
    [InlineData("gpt-oss-120b", 5.1e9)]
    [InlineData("deepseek-v3", 37e9)]
    [InlineData("granite-4.0-h-small", 9e9)]
    public void TryGet_Experts_TouchThePublishedActiveParameters(string name, double active)
    {
        Assert.True(KnownModels.TryGet(name, WeightType.F16, out var shape));
        // Published sizes are rounded, and some include the embedding, so the tolerance is a sixth.
        Assert.InRange(shape.ActiveWeightBytes!.Value / 2 / active, 5 / 6.0, 7 / 6.0);
    }

    [Fact]
    public void TryGet_SlidingWindowModels_HaveTheirPattern()
    {
        Assert.True(KnownModels.TryGet("gemma-3-4b", null, out var gemma));
        Assert.Equal(5, gemma.Layers.Count(layer => layer is AttentionLayer { SlidingWindow: null }));
        Assert.Equal(29, gemma.Layers.Count(layer => layer is AttentionLayer { SlidingWindow: 1024 }));
        Assert.True(KnownModels.TryGet("GPT-OSS-20B", null, out var gptOss));
        Assert.Equal(12, gptOss.Layers.Count(layer => layer is AttentionLayer { SlidingWindow: 128 }));
        Assert.True(KnownModels.TryGet("granite-4.0-h-small", null, out var granite));
        Assert.Equal(36, granite.Layers.Count(layer => layer is RecurrentLayer));
    }

    [Fact]
    public void TryGet_UnknownName_IsFalse() => Assert.False(KnownModels.TryGet("llama-9", null, out _));
}
