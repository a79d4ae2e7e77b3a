using CsCheck;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Engine.Tests.Core.Plan;

public class WindowRuleTests
{
    private static readonly WindowRule s_rule = new(OutputTokens: 64, MarginTokens: 16);

    [Fact]
    public void WindowRule_OfAPlan_HasItsOutputAndMargin()
    {
        var plan = new SweepPlan { Target = "embedded", Contexts = [new TokenCount(512)], OutputTokens = 24, WindowMarginTokens = 8 };
        Assert.Equal(new WindowRule(24, 8), plan.WindowRule);
        Assert.Equal(544, plan.WindowRule.WindowFor(512));
    }

    [Fact]
    public void MaxContextIn_AnyContext_IsTheReverseOfWindowFor() =>
        Gen.Int[1, 10_000_000].Sample(context => s_rule.MaxContextIn(s_rule.WindowFor(context)) == context);

    [Fact]
    public void AlignContext_AnyContext_FillsItsLastCellsAndIsNotAbove() => Gen.Int[256, 10_000_000].Sample(context =>
    {
        var aligned = s_rule.AlignContext(context, 256);
        Assert.Equal(0, s_rule.WindowFor(aligned) % 256);
        Assert.InRange(aligned, context - 255, context);
    });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(175, 1)]
    [InlineData(176, 176)]
    [InlineData(256, 176)]
    [InlineData(long.MaxValue / 2, int.MaxValue - 80)]
    public void AlignContext_Edges_StayWithinAContext(long context, int expected) =>
        Assert.Equal(expected, s_rule.AlignContext(context, 256));
}
