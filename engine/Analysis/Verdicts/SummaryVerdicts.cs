namespace MemoryWall.Analysis.Verdicts;

/// <summary>Sums up results that are computed for each context of a run.</summary>
internal static class SummaryVerdicts
{
    /// <summary>One verdict over all contexts that were resumed; none where nothing was.</summary>
    public static IEnumerable<Verdict> EvaluateResume(IReadOnlyList<ResumeGain> gains)
    {
        ArgumentNullException.ThrowIfNull(gains);
        if (gains.Count == 0)
            yield break;
        var slowest = gains.Any(gain => gain.BreakEvenBytesPerSecond is null)
            ? null
            : gains.MaxBy(gain => gain.BreakEvenBytesPerSecond);
        yield return new ResumeVerdict(gains, [.. gains.SelectMany(gain => gain.Trials).Order()])
        {
            BreakEvenBytesPerSecond = slowest?.BreakEvenBytesPerSecond,
            BreakEvenTokens = slowest?.ContextTokens,
            IsEmulated = gains.Any(gain => gain.IsEmulated),
            IsThroughPageCache = gains.Any(gain => gain.IsThroughPageCache),
        };
    }

    /// <summary>One verdict for each method and its reference.</summary>
    public static IEnumerable<Verdict> EvaluateAgreement(IReadOnlyList<MethodAgreement> agreements) => agreements
        .GroupBy(agreement => (agreement.Method, agreement.Reference))
        .Select(group => new AgreementVerdict(group.Key.Method, group.Key.Reference, [.. group],
            [.. group.SelectMany(agreement => agreement.Trials).Distinct().Order()]));

    /// <summary>One verdict for each level that was compared with a latency limit.</summary>
    public static IEnumerable<Verdict> EvaluateGoodput(IReadOnlyList<Goodput> levels) => levels
        .Select(goodput => new GoodputVerdict(goodput, [.. goodput.Contexts.SelectMany(context => context.Trials).Order()]));
}
