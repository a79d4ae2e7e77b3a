using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;

namespace MemoryWall.Notebooks.Tests;

/// <summary>Predictions and recommendations from runs made by hand, with values computed by hand.</summary>
public class PredictTests
{
    // 2 · (100 million − 1,000 · 512) operations a token, and 2 · 8 heads · (64 + 64) in 8 layers for each pair of positions.
    private const double PerToken = 2 * (100e6 - 512_000);
    private const double PerPair = 8 * 2 * 8 * 128.0;

    [Fact]
    public void Prefill_AtThePeak_IsOperationsOverOperationsPerSecond()
    {
        var operations = PerToken * 4096 + PerPair * 4096 * 4097 / 2;
        var run = WithPeaks(Run(512, 4096), flops: operations / 2, bandwidth: null);
        var text = Predict.Prefill(run, guess: 1).Text;
        // 4,096 tokens at 1,000 tokens/s are measured, and 2 s are the least at this peak.
        Assert.Contains("= at least 2.00 s; measured 4.10 s.", text, StringComparison.Ordinal);
        Assert.Contains("49% of the peak: arithmetic is the limit.", text, StringComparison.Ordinal);
        Assert.Contains("Your guess: 1 s, 0.244 times", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Prefill_AsFastAsTheSmallestContext_ShowsThatALongOneReachesMore()
    {
        // Both contexts take as long for each token, and the larger one does more operations for it.
        var (small, large) = (PerToken + PerPair * 513 / 2, PerToken + PerPair * 4097 / 2);
        var ratio = (small / large).ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);
        var text = Predict.Prefill(Run(512, 4096)).Text;
        Assert.Contains(ratio, text, StringComparison.Ordinal);
        Assert.Contains("No peak: it was not measured", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Generation_AtThePeak_IsBandwidthOverBytesOfAToken()
    {
        // 100 MiB of weights and 4,096 · 16 KiB of keys and values, 164 MiB, at 64 tokens/s.
        var text = Predict.Generation(WithPeaks(Run(512, 4096), null, bandwidth: 164L << 27)).Text;
        Assert.Contains("164 MiB = at most 128 t/s; measured 64.0 t/s.", text, StringComparison.Ordinal);
        Assert.Contains("50% of the peak: memory bandwidth alone does not explain", text, StringComparison.Ordinal);
        var cached = Predict.Generation(WithPeaks(Run(512, 4096), null, bandwidth: 164L << 24)).Text;
        Assert.Contains("the bytes come from the processor's caches", cached, StringComparison.Ordinal);
    }

    [Fact]
    public void Prediction_MissingInput_IsADashWithTheReason()
    {
        var text = Predict.Generation(Sample.FlatRates(512, 2048)).Text;
        Assert.StartsWith("–: No prediction: the run does not say how many bytes", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 B", text, StringComparison.Ordinal);
        Assert.Contains("Nothing to compare with", Predict.Prefill(Sample.Run([Sample.Failed(1, 2048, new Refused(500, "no"))],
            shape: Sample.Shape)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Prediction_PeakOfThisMachine_IsNotThatOfAServerElsewhere()
    {
        var run = WithPeaks(Run(512, 4096), flops: 1e12, bandwidth: 1e10);
        var elsewhere = run with { Manifest = run.Manifest with { Target = run.Manifest.Target with { Kind = "ollama" } } };
        Assert.DoesNotContain("at least", Predict.Prefill(elsewhere).Text.Split('\n')[0], StringComparison.Ordinal);
        Assert.Contains("the server is elsewhere", Predict.Prefill(elsewhere).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Generation_BeyondTheWall_IsNotExplainedByBandwidth()
    {
        var text = Predict.Generation(WithPeaks(Sample.Thrashing(), null, bandwidth: 1e11)).Text;
        Assert.Contains("After 8k tokens", text, StringComparison.Ordinal);
        Assert.DoesNotContain("After 16k tokens", text, StringComparison.Ordinal);
    }

    [Fact]
    public void KvCache_EqualLayers_AreOneProduct()
    {
        var text = Predict.KvCache(Run(512), guess: 8).Text;
        Assert.Contains("8 layers × 8 KV heads × (64 + 64) × 16 bits (f16) = 16.0 KiB for each token.", text, StringComparison.Ordinal);
        Assert.Contains("Your guess: 8 KiB, 0.500 times", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Crossover_ConstantRates_IsAnswerLengthTimesTheirRatio()
    {
        // 65 tokens × 1,000 ÷ 64.
        var text = Predict.Crossover(Sample.FlatRates(512, 2048)).Text;
        Assert.Contains("= a crossover at 1,020 tokens", text, StringComparison.Ordinal);
        Assert.Contains("The prediction agrees", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Elsewhere_Generation_IsBandwidthOverBytesOfTheOtherModel()
    {
        var row = Forecast.Table("llama-3.1-8b", "4096").Rows[0];
        var text = Predict.Elsewhere(Run(4096), "llama-3.1-8b", "24GB", "1TB/s", 100).Text;
        var bound = Math.Round(Core.Units.ByteSize.Parse("1TB").Bytes / (double)row.TouchedBytesPerToken!.Value);
        Assert.Contains($"  {bound}  ", text, StringComparison.Ordinal);
        Assert.Contains("no valid MFU", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lots", "1TB/s", 1, "memory: ")]
    [InlineData("24GB", "fast", 1, "bandwidth: 'fast'")]
    [InlineData("24GB", "1TB/s", 0, "teraflops: 0")]
    public void Elsewhere_FigureThatCannotBeRead_IsNamed(string memory, string bandwidth, double teraflops, string message) =>
        Assert.StartsWith(message, Assert.Throws<FormatException>(
            () => Predict.Elsewhere(Run(512), "llama-3.1-8b", memory, bandwidth, teraflops)).Message, StringComparison.Ordinal);

    [Fact]
    public void Walls_HostileName_IsText() => Assert.DoesNotContain("<script>",
        Predict.Walls(Named(Sample.Killed(), Sample.Hostile)).Html, StringComparison.Ordinal);

    [Fact]
    public void WhatToDo_RunThatIsKilled_NamesTheLargestContextThatFits()
    {
        var text = Runs.WhatToDo(Named(Sample.Killed(), "standard"), Named(Sample.Managed(), "managed")).Text;
        Assert.Contains("Keep prompts at 8k tokens or below: that is in memory, and 16k is not.", text, StringComparison.Ordinal);
        Assert.Contains("managed answers up to 16k tokens at 8.00 t/s", text, StringComparison.Ordinal);
        Assert.DoesNotContain("try a storage tier", text, StringComparison.Ordinal);
        Assert.Contains("try a storage tier", Runs.WhatToDo(Sample.Killed()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatToDo_DominantPhase_IsNamedAndNoMemoryIsSold()
    {
        var text = Runs.WhatToDo(Sample.FlatRates(512, 2048, 16_384)).Text;
        Assert.Contains("At 16k tokens prefill takes 94% of the time: the first token comes after 16.4 s, with 2k tokens after 2.05 "
            + "s.", text,
            StringComparison.Ordinal);
        Assert.DoesNotContain("RAM", text, StringComparison.Ordinal);
        Assert.Contains("prefill takes only 20%", Runs.WhatToDo(Sample.FlatRates(256)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatToDo_FailuresOnly_RecommendsNothing() => Assert.StartsWith("These runs support no recommendation",
        Runs.WhatToDo(Sample.Run([Sample.Failed(1, 2048, new Refused(500, "no"))], shape: Sample.Shape)).Text, StringComparison.Ordinal);

    // Prefill at 1,000 tokens/s and generation at 64 tokens/s.
    private static Run Run(params int[] contexts) => Sample.Run(
        [.. contexts.Select((context, index) => Sample.Trial(index + 1, context, context / 1000.0, 1))], shape: Sample.Shape);

    private static Run WithPeaks(Run run, double? flops, double? bandwidth) => run with
    {
        Manifest = run.Manifest with
        {
            Ceilings = new MachineCeilings { F32FlopsPerSecond = flops, MemoryReadBytesPerSecond = bandwidth },
        },
    };

    private static Run Named(Run run, string system) =>
        run with { Manifest = run.Manifest with { Plan = run.Manifest.Plan with { System = system } } };
}
