using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Walls;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Concludes from a comparison of systems.</summary>
internal static class SystemVerdicts
{
    /// <summary>How far each system reaches, storage that was too slow for its emulation, and how the last system compares with each of the
    /// others.</summary>
    /// <param name="systems">The systems, in the order given.</param>
    /// <param name="gains">Their gains over each other.</param>
    /// <param name="rules">The thresholds.</param>
    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ComparedSystem> systems, IReadOnlyList<SystemGain> gains, SystemRules rules)
    {
        ArgumentNullException.ThrowIfNull(systems);
        ArgumentNullException.ThrowIfNull(gains);
        ArgumentNullException.ThrowIfNull(rules);
        IEnumerable<Verdict> reach = systems.Select(FindReach);
        if (systems.Count < 2)
            return reach;
        var last = systems[^1];
        return [.. reach, .. systems.Select(system => FindSlowStorage(system, rules)).OfType<Verdict>(),
            .. systems.SkipLast(1).SelectMany(other =>
                FindGains(last, other, [.. gains.Where(gain => gain.System == last.Name && gain.Over == other.Name)]))];
    }

    private static SystemReachVerdict FindReach(ComparedSystem system)
    {
        var failure = system.Cells.FirstOrDefault(cell => !cell.IsUsable);
        return new SystemReachVerdict(system.Name, system.LargestUsableTokens, failure?.ContextTokens, failure?.Regime)
        {
            ThrashesFromTokens = system.Cells.TakeWhile(cell => cell.IsUsable)
                .FirstOrDefault(cell => cell.Regime == MemoryRegime.Thrashing)?.ContextTokens,
        };
    }

    private static EmulationVerdict? FindSlowStorage(ComparedSystem system, SystemRules rules) =>
        system is { EmulatedBytesPerSecond: { } asked, DirectReadBytesPerSecond: { } measured } && measured < rules.MinEmulatedShare * asked
            ? new EmulationVerdict(system.Name, asked, measured)
            : null;

    private static IEnumerable<SystemGainVerdict> FindGains(ComparedSystem system, ComparedSystem other, IReadOnlyList<SystemGain> gains) =>
        gains.GroupBy(Conclude).OrderBy(same => same.Key)
            .Select(same => new SystemGainVerdict(system.Name, other.Name, same.Key,
                [.. same.OrderBy(gain => gain.ContextTokens).Select(gain => new ComparedRates(gain.ContextTokens,
                    FindRate(system, gain.ContextTokens), FindRate(other, gain.ContextTokens), gain.IsLowerBound, gain.Finding)
                    {
                        StorageShare = FindStreamed(system, gain.ContextTokens) / FindStreamed(other, gain.ContextTokens),
                    })]));

    private static GainKind Conclude(SystemGain gain) => gain.Finding?.Verdict switch
    {
        null => GainKind.Alone,
        RatioVerdict.Higher => GainKind.Faster,
        RatioVerdict.Lower => GainKind.Slower,
        RatioVerdict.TooFew => GainKind.TooFew,
        _ => GainKind.NoDifference,
    };

    // The bandwidth is measured only where the tier streams.
    private static double? FindStreamed(ComparedSystem system, int context) => system.DirectReadBytesPerSecond is not null
        && system.Cells.FirstOrDefault(cell => cell.ContextTokens == context)?.StorageBytesPerToken is > 0 and var bytes ? bytes : null;

    private static double? FindRate(ComparedSystem system, int context) =>
        system.Cells.FirstOrDefault(cell => cell.ContextTokens == context)?.GenerationTps;
}
