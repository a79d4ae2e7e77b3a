using MemoryWall.Core;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Walls;

/// <summary>What can be said of systems that were compared.</summary>
internal static class SystemsSentences
{
    private const double MinEmulatedShare = 0.9;

    /// <summary>How far a system comes.</summary>
    public static string DescribeReach(ComparedSystem system)
    {
        var end = system.Cells.FirstOrDefault(cell => !cell.IsUsable);
        var reach = system.LargestUsableTokens is { } tokens
            ? FormattableString.Invariant($"completes up to {tokens:#,0} tokens")
            : "completes at none of the contexts";
        return end is null
            ? $"{system.Name} {reach}, the largest that was asked for."
            : FormattableString.Invariant($"{system.Name} {reach}; at {end.ContextTokens:#,0} it is {FormatRegime(end.Regime)}.");
    }

    /// <summary>Where a device was to be emulated that is faster than the one that is there; null where none was.</summary>
    public static string? DescribeEmulation(Run run)
    {
        if (run.Manifest.Plan.Options.Tier?.BandwidthBytesPerSecond is not { } asked
            || run.Trials.Select(trial => (double?)trial.Tier?.DirectReadBytesPerSecond).OfType<double>()
                .ToArray() is not { Length: > 0 } measured)
            return null;
        var given = Quantiles.Median(measured);
        return given < MinEmulatedShare * asked
            ? $"{run.Manifest.Plan.System} was to stand for {new ByteSize(asked)}/s, which this machine's storage does not reach: it read {new ByteSize((long)given)}/s."
            : null;
    }

    /// <summary>Where a system is better than another one, and where it loses.</summary>
    public static IEnumerable<string> DescribeGains(ComparedSystem system, ComparedSystem other, IReadOnlyList<SystemGain> gains)
    {
        var dead = gains.Where(gain => gain.Factor is null).Select(gain => gain.ContextTokens).ToList();
        if (dead.Count > 0)
            yield return $"Where {other.Name} generates nothing ({WordFormat.List(dead.Select(NumberFormat.Context))}), {system.Name} reaches {WordFormat.List(dead.Select(context => new TokenRate(system.Cells.First(cell => cell.ContextTokens == context).GenerationTps!.Value).ToString()))}.";
        if (gains.Where(gain => gain.Factor is not null).MaxBy(gain => gain.Factor) is { Factor: >= 1.1 } best)
            yield return FormattableString.Invariant(
                $"{system.Name} is {(best.IsLowerBound ? "at least " : "")}{best.Factor:0.#} times as fast as {other.Name} at {NumberFormat.Context(best.ContextTokens)}{FormatInterval(best)}.");
        var lost = gains.Where(gain => gain.Factor < 1 && !(gain.High > 1)).ToList();
        if (lost.Count > 0)
            yield return $"{system.Name} loses against {other.Name} at {WordFormat.List(lost.Select(gain => FormattableString.Invariant($"{NumberFormat.Context(gain.ContextTokens)} ({gain.Factor:0.00} of its rate)")))}.";
    }

    private static string FormatInterval(SystemGain gain) =>
        gain is { Low: { } low, High: { } high } ? FormattableString.Invariant($" ({low:0.#} to {high:0.#})") : "";

    private static string FormatRegime(MemoryRegime regime) => regime switch
    {
        MemoryRegime.OutOfMemory => "out of memory",
        MemoryRegime.Thrashing => "thrashing",
        MemoryRegime.Refused => "refused",
        _ => "failing",
    };
}
