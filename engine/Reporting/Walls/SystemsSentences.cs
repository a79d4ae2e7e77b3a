using MemoryWall.Analysis.Reports;
using System.Globalization;
using MemoryWall.Analysis.Walls;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Walls;

/// <summary>The conclusions from a comparison of systems.</summary>
internal static class SystemsSentences
{
    private const double MinEmulatedShare = 0.9;

    /// <summary>How far each system reaches, and then <see cref="FormatComparison"/>.</summary>
    public static IReadOnlyList<string> Format(SystemsReport comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        return [.. comparison.Systems.Select(FormatReach), .. FormatComparison(comparison)];
    }

    /// <summary>Storage that was too slow for its emulation, and how the last system compares with each of the others; none for a single
    /// system.</summary>
    public static IReadOnlyList<string> FormatComparison(SystemsReport comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        if (comparison.Systems.Count < 2)
            return [];
        var last = comparison.Systems[^1];
        return
        [
            .. comparison.Systems.Select(FormatEmulation).OfType<string>(),
            .. comparison.Systems.SkipLast(1).SelectMany(other => FormatGains(last, other,
                [.. comparison.Gains.Where(gain => gain.System == last.Name && gain.Over == other.Name)])),
        ];
    }

    private static string FormatReach(ComparedSystem system)
    {
        var failure = system.Cells.FirstOrDefault(cell => !cell.IsUsable);
        var reach = system.LargestUsableTokens is { } tokens
            ? $"{system.Name} completes up to {NumberFormat.Tokens(tokens)} tokens"
            : $"{system.Name} completes at no context";
        return failure is null
            ? $"{reach}, the largest context tried."
            : $"{reach}; at {NumberFormat.Tokens(failure.ContextTokens)} it {FormatFailure(failure.Regime)}.";
    }

    // An emulated device must not be faster than the machine's own storage.
    private static string? FormatEmulation(ComparedSystem system) =>
        system is { EmulatedBytesPerSecond: { } asked, DirectReadBytesPerSecond: { } measured } && measured < MinEmulatedShare * asked
            ? $"{system.Name} was to emulate a device of {NumberFormat.Bytes(asked)}/s, but this machine's storage reached only "
                + $"{NumberFormat.Bytes(measured)}/s."
            : null;

    private static IEnumerable<string> FormatGains(ComparedSystem system, ComparedSystem other, IReadOnlyList<SystemGain> gains)
    {
        var alone = gains.Where(gain => gain.Factor is null).Select(gain => gain.ContextTokens).ToList();
        if (alone.Count > 0)
            yield return $"At {WordFormat.List(alone.Select(NumberFormat.Context))} {other.Name} generates nothing; {system.Name} reaches "
                + $"{WordFormat.List(alone.Select(context => NumberFormat.Rate(FindCell(system, context).GenerationTps)))}.";
        if (gains.Where(gain => gain.Finding?.Verdict == RatioVerdict.Higher).MaxBy(gain => gain.Factor) is { Factor: { } factor } best)
            yield return $"{system.Name} is {(best.IsLowerBound ? "at least " : "")}{FormatFactor(factor)} times as fast as "
                + $"{other.Name} at {NumberFormat.Context(best.ContextTokens)}{FormatInterval(best)}.";
        var slower = gains.Where(gain => gain.Finding?.Verdict == RatioVerdict.Lower)
            .Select(gain => $"{NumberFormat.Percent(1 - gain.Factor)} slower at {NumberFormat.Context(gain.ContextTokens)}").ToList();
        if (slower.Count > 0)
            yield return $"Compared with {other.Name}, {system.Name} is {WordFormat.List(slower)}.";
        var open = gains.Where(gain => gain.Finding?.Verdict == RatioVerdict.NoDifferenceShown)
            .Select(gain => NumberFormat.Context(gain.ContextTokens)).ToList();
        if (open.Count > 0)
            yield return $"No difference between {system.Name} and {other.Name} is shown at {WordFormat.List(open)}.";
        if (gains.Where(gain => gain.Finding?.Verdict == RatioVerdict.TooFew).MaxBy(gain => gain.ContextTokens) is { } few)
            yield return $"At {NumberFormat.Context(few.ContextTokens)} {system.Name} generates "
                + $"{NumberFormat.Rate(FindCell(system, few.ContextTokens).GenerationTps)} and {other.Name} "
                + $"{(few.IsLowerBound ? "at most " : "")}{NumberFormat.Rate(FindCell(other, few.ContextTokens).GenerationTps)}; "
                + $"{SupportFormat.Missing(few.Finding!)} would show whether that is a difference.";
    }

    private static SystemCell FindCell(ComparedSystem system, int context) => system.Cells.First(cell => cell.ContextTokens == context);

    private static string FormatInterval(SystemGain gain) =>
        gain is { Low: { } low, High: { } high } ? $" ({FormatFactor(low)} to {FormatFactor(high)})" : "";

    private static string FormatFactor(double factor) => factor.ToString("0.#", CultureInfo.InvariantCulture);

    private static string FormatFailure(MemoryRegime regime) => regime switch
    {
        MemoryRegime.OutOfMemory => "runs out of memory",
        MemoryRegime.Thrashing => "thrashes",
        MemoryRegime.Refused => "refuses requests",
        _ => "fails",
    };
}
