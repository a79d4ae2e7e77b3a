using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Walls;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Reports;

/// <summary>The rates of two systems at one context, before they are judged: how strictly depends on how many gains there are.</summary>
internal sealed record UnjudgedGain(string System, string Over, int ContextTokens, RatioSample? Ratio, bool IsLowerBound)
{
    /// <summary>The gains at each context where the first system generated to the end and the other was tried by the same method; none
    /// between two models.</summary>
    public static IEnumerable<UnjudgedGain> Collect((string Name, ComparedRun Run) system, (string Name, ComparedRun Run) over,
        ComparisonRules rules)
    {
        var (one, other) = (system.Run, over.Run);
        if (ComparisonBarriers.Find(one, other) is not null)
            yield break;
        foreach (var tokens in one.Contexts.Values.Select(context => context.ContextTokens).Distinct().Order())
        {
            if (one.FindContext(tokens) is not { Reach: { IsBound: false } reach } context
                || other.FindContext(tokens, context.Method) is not { } against)
                continue;
            var ratio = against.Reach is not { Tps.Min: > 0 } slow || reach.Tps.Min <= 0
                ? null
                : RatioSample.FromTimes(other.Observe(against, slow.Tps, one), one.Observe(context, reach.Tps, other),
                    rules.MinPairedShare);
            yield return new UnjudgedGain(system.Name, over.Name, tokens, ratio, against.Reach?.IsBound == true);
        }
    }

    /// <summary>The gain. Each rate of a stopped trial is at most its bound, so of a lower bound only that it is higher can be
    /// shown.</summary>
    public SystemGain Judge(DifferenceRule rule)
    {
        var finding = Ratio is null ? null : rule.Judge(Ratio);
        if (IsLowerBound && finding is { Verdict: RatioVerdict.Lower })
            finding = finding with { Verdict = RatioVerdict.NoDifferenceShown };
        return new SystemGain
        {
            System = System,
            Over = Over,
            ContextTokens = ContextTokens,
            Finding = finding,
            IsLowerBound = IsLowerBound,
        };
    }
}
