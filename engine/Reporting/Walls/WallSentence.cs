using System.Globalization;
using MemoryWall.Analysis.Walls;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Walls;

/// <summary>The sentences for a run's memory wall: where it is, what was forecast, and what happens beyond it.</summary>
internal static class WallSentence
{
    // A smaller slowdown is not called a fall.
    private const double MinFall = 1.1;

    public static string Format(WallReport wall)
    {
        ArgumentNullException.ThrowIfNull(wall);
        string?[] sentences =
            [DescribePosition(wall), DescribeBeyond(wall), DescribeStorage(wall), DescribeSlowest(wall), DescribeFailure(wall)];
        return string.Join(" ", sentences.OfType<string>());
    }

    private static string DescribePosition(WallReport wall)
    {
        var budget = wall.BudgetBytes is { } bytes ? $" within {NumberFormat.Bytes(bytes)}" : "";
        var forecast = DescribeForecast(wall);
        var (inside, beyond) = (NumberFormat.Tokens(wall.InsideTokens), NumberFormat.Tokens(wall.BeyondTokens));
        return (wall.InsideTokens, wall.BeyondTokens) switch
        {
            (null, null) => $"No wall was found{budget}: no trial shows where its memory was{forecast}.",
            (_, null) => $"No wall{budget} up to {inside} tokens{forecast}.",
            (null, _) when wall.WeightBytes > wall.BudgetBytes =>
                $"No context fits{budget}: the weights alone take {NumberFormat.Bytes(wall.WeightBytes)}; "
                    + $"the smallest tried is {beyond} tokens{forecast}.",
            (null, _) => $"The memory wall{budget} is below {beyond} tokens, the smallest context tried{forecast}.",
            _ => $"The memory wall{budget} is between {inside} and {beyond} tokens{forecast}.",
        };
    }

    private static string DescribeForecast(WallReport wall)
    {
        if (wall.PredictedTokens is not { } tokens)
            return "";
        var withoutTier = wall.HasTier ? " without the tier" : "";
        if (tokens == 0)
            return $"; the forecast was that no context fits{withoutTier}";
        var forecast = $"; the forecast was {NumberFormat.Tokens(tokens)}{withoutTier}";
        if (wall.HasTier)
            return forecast;
        return wall.Error switch
        {
            null or 0 when tokens >= wall.InsideTokens && tokens < wall.BeyondTokens => $"{forecast}, between the two",
            { } error => string.Create(CultureInfo.InvariantCulture, $"{forecast}, {error:+0.0%;-0.0%} off"),
            null => forecast,
        };
    }

    private static string? DescribeBeyond(WallReport wall)
    {
        if (wall.Beyond is not { } beyond)
            return null;
        var (atMost, atLeast) = wall.BeyondIsBound ? ("at most ", "at least ") : ("", "");
        return beyond.Regime switch
        {
            MemoryRegime.OutOfMemory => "Beyond it the server runs out of memory.",
            MemoryRegime.Refused => "Beyond it the server refuses requests.",
            _ when wall.CollapseFactor < MinFall =>
                $"Beyond it the system is {FormatRegime(beyond.Regime)} but still generates {FormatRate(wall.BeyondTps)} tokens/s.",
            _ when wall.CollapseFactor is { } factor =>
                $"Beyond it generation falls from {FormatRate(wall.InsideTps)} to {atMost}{FormatRate(wall.BeyondTps)} tokens/s, "
                    + $"{atLeast}{FormatFactor(factor)} times slower.",
            _ when wall is { InsideTokens: null, BeyondTps: { } rate } =>
                $"There the system is {FormatRegime(beyond.Regime)} at {atMost}{FormatRate(rate)} tokens/s.",
            _ => $"Beyond it the system is {FormatRegime(beyond.Regime)}.",
        };
    }

    private static string? DescribeStorage(WallReport wall) =>
        wall.Beyond is
        {
            Regime: not (MemoryRegime.OutOfMemory or MemoryRegime.Refused),
            StorageBytesPerToken: >= 1 and var bytes
        }
            ? $"Each token reads {NumberFormat.Bytes(bytes)} from storage."
            : null;

    // The first step beyond the wall is often small, because memory runs out page by page.
    private static string? DescribeSlowest(WallReport wall)
    {
        if (wall is not { Slowest: { } slowest, SlowestTps: { } rate, WorstFactor: >= MinFall and var factor })
            return null;
        var (atMost, atLeast) = wall.SlowestIsBound ? ("at most ", "at least ") : ("", "");
        return $"At {NumberFormat.Tokens(slowest.ContextTokens)} tokens it is {FormatRegime(slowest.Regime)} with {atMost}"
            + $"{FormatRate(rate)} tokens/s, {atLeast}{FormatFactor(factor)} times slower than before the wall.";
    }

    // A system that spills just beyond the wall often runs out of memory at a slightly larger context.
    private static string? DescribeFailure(WallReport wall)
    {
        if (wall.Beyond is not { Regime: not (MemoryRegime.OutOfMemory or MemoryRegime.Refused) })
            return null;
        var failure = wall.Regimes.Where(regime => regime.Regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused)
            .MinBy(regime => regime.ContextTokens);
        return failure is null
            ? null
            : $"At {NumberFormat.Tokens(failure.ContextTokens)} tokens the server "
                + $"{(failure.Regime == MemoryRegime.Refused ? "refuses requests" : "runs out of memory")}.";
    }

    private static string FormatRate(double? perSecond) => perSecond!.Value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string FormatFactor(double factor) => factor.ToString("0.#", CultureInfo.InvariantCulture);

    private static string FormatRegime(MemoryRegime regime) =>
        regime switch { MemoryRegime.Thrashing => "thrashing", MemoryRegime.Spilling => "spilling", _ => "slowed" };
}
