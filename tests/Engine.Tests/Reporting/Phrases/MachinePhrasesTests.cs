using MemoryWall.Models.Forecast;
using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Reporting.Phrases;

public class MachinePhrasesTests
{
    private const string Bandwidths = "ram=60GB/s,gpu=1TB/s,storage=7GB/s";

    [Theory]
    [InlineData("16GB", Bandwidths,
        "in RAM (≤ 6.74 t/s at 32k); at 128k partly from storage at ≤ ")]
    [InlineData("laptop=16GB", "ram=60GB/s",
        "llama-3.1-8b on laptop (16GB): up to 58,624 tokens in RAM (≤ 6.74 t/s at 32k); at 128k partly from storage; "
        + "no bound where the storage's bandwidth is not known.")]
    [InlineData("24GB-gpu", Bandwidths, "llama-3.1-8b on 24GB-gpu: all 131,072 tokens on the GPU (≤ 45.9 t/s at 128k).")]
    [InlineData("2x8GB-gpu+64GB", Bandwidths, "tokens on the GPUs (≤ 113 t/s at 32k); all 131,072 tokens with a part in RAM (≤ ")]
    [InlineData("4GB-gpu", Bandwidths, "fits nowhere (", "since it is more than the GPU holds and no RAM is described.")]
    [InlineData("24GB-unified", Bandwidths, "tokens in the GPU's share of unified memory", "the unified memory's bandwidth is not known")]
    public void Format_AModelOnAMachine_IsOneSentence(string machine, string bandwidths, params string[] said)
    {
        Assert.True(KnownModels.TryGet("llama-3.1-8b", null, out var shape));
        var matrix = MachineFits.Compute([(shape, new ForecastSettings())], [8192, 32_768, 131_072],
            MachineSpecParser.ParseList(machine), MemoryReserve.Default, MemoryBandwidths.Parse(bandwidths));
        var sentence = MachinePhrases.Format(matrix.Models[0].Machines[0]);
        Assert.All(said, part => Assert.Contains(part, sentence, StringComparison.Ordinal));
        Assert.DoesNotContain("..", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void FormatNotes_SayWhatABoundIsAndWhatIsLeftToTheSystem()
    {
        Assert.True(KnownModels.TryGet("deepseek-v3", null, out var shape));
        var matrix = MachineFits.Compute([(shape, new ForecastSettings())], [8192], MachineSpecParser.ParseList("64GB+24GB-gpu"),
            MemoryReserve.Default, MemoryBandwidths.Parse(Bandwidths).Or(new() { Unified = new(1e9, "run-a", IsDisturbed: true) }));
        var notes = string.Join('\n', MachinePhrases.FormatNotes(matrix));
        Assert.Contains("≤ is an upper bound with the reserve below, not a forecast of the speed", notes, StringComparison.Ordinal);
        Assert.Contains("a quarter of the RAM, at most 4 GiB and 1.00 GiB of each GPU", notes, StringComparison.Ordinal);
        Assert.Contains("in brackets, where they use all evenly", notes, StringComparison.Ordinal);
        Assert.Contains("(measured by run run-a on a machine that was not quiet, so it may be too low)", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_ANameWithControlCharacters_IsOnOneLine()
    {
        Assert.True(KnownModels.TryGet("llama-3.1-8b", null, out var shape));
        var matrix = MachineFits.Compute([(shape with { Name = "a\u001b[2J\nb" }, new ForecastSettings())], [8192],
            [MachineSpecParser.Parse("16GB")], MemoryReserve.Default, MemoryBandwidths.None);
        Assert.DoesNotContain(MachinePhrases.Format(matrix.Models[0].Machines[0]) + MachinePhrases.FormatHeading(matrix.Models[0]),
            char.IsControl);
    }

    // A bound that is rounded down is none.
    [Theory]
    [InlineData(3.14, "3.14")]
    [InlineData(3.1401, "3.15")]
    [InlineData(99.91, "100")]
    [InlineData(71.21, "71.3")]
    [InlineData(0.41201, "0.413")]
    [InlineData(0.00025001, "0.000251")]
    [InlineData(1234.5, "1,240")]
    [InlineData(60e9 / 6e9, "10.0")]
    public void RateBound_IsRoundedUp(double rate, string text) => Assert.Equal(text, NumberFormat.RateBound(rate));
}
