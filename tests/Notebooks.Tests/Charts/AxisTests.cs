using CsCheck;
using MemoryWall.Charts;

namespace MemoryWall.Notebooks.Tests.Charts;

public class AxisTests
{
    [Fact]
    public void Context_PowersOfTwo_AreLabelledAsTheFieldDoes() =>
        Assert.Equal(["2k", "4k", "8k", "16k", "32k"], Axis.ForContexts([2048, 8192, 32_768]).Ticks!.Select(tick => tick.Label));

    [Fact]
    public void Context_FewContexts_HaveATickEach() =>
        Assert.Equal(["4k", "8k", "12k"], Axis.ForContexts([4096, 8192, 12_288]).Ticks!.Select(tick => tick.Label));

    [Fact]
    public void Context_CloseOrUnevenContexts_DoNotCrowd()
    {
        // 9,184 is not a round label, and 8,400 would overlap 8k.
        var ticks = Axis.ForContexts([4096, 8192, 8400, 9184, 12_288]).Ticks!;
        Assert.Equal(["4k", "8k", "12k"], ticks.Select(tick => tick.Label));
        Assert.All(Axis.ForContexts(Enumerable.Range(1000, 3000).Select(at => (double)at)).Ticks!,
            tick => Assert.Equal(0, tick.Value % 512));
    }

    [Fact]
    public void Range_OfAnyValues_HoldsThemAndItsTicks() => Gen.Select(Gen.Double[-1e6, 1e6].Array[1, 20], Gen.Bool).Sample((values, log) =>
    {
        var shown = log ? [.. values.Select(value => Math.Abs(value) + 1e-3)] : values;
        var range = AxisRange.Compute(new Axis("y", log ? AxisScale.Logarithmic : AxisScale.Linear), shown);
        Assert.All(shown, value => Assert.True(range.Contains(value)));
        Assert.All(range.Ticks, tick => Assert.InRange(range.ToFraction(tick.Value), -1e-9, 1 + 1e-9));
        Assert.InRange(range.Ticks.Count, 1, 40);
    });

    [Fact]
    public void Range_NarrowLogarithmic_HasTicksAllTheSame() =>
        Assert.InRange(AxisRange.Compute(new Axis("y", AxisScale.Logarithmic), [320_613, 364_071.95]).Ticks.Count, 2, 10);

    [Fact]
    public void Range_NoValues_IsStillOne() => Assert.True(AxisRange.Compute(new Axis("y", AxisScale.Logarithmic), []).Max > 0);

    [Fact]
    public void Sparkline_AbsentStretch_IsBlank() => Assert.Equal("▁ █", Sparkline.Format([0, null, 5]));

    [Fact]
    public void Table_CellWithControlCharacters_StaysOnItsLine()
    {
        var text = new TextTable([new TextColumn("a", IsNumber: false)], [["x\r\ny\u001b[2J"]]).ToString();
        Assert.Equal(3, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain('\u001b', text);
    }
}
