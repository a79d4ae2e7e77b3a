using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Walls;

/// <summary>A wall in words: where it lies, what was forecast, and what happens beyond it.</summary>
internal static class WallSentence
{
    // Less than this is not worth to be called a fall.
    private const double MinFall = 1.1;

    public static string Format(WallAnalysis wall) =>
        $"{DescribePosition(wall)}{DescribeBeyond(wall)}{DescribeSlowest(wall)}{DescribeFailure(wall)}";

    private static string DescribePosition(WallAnalysis wall)
    {
        var within = wall.BudgetBytes is { } budget ? $" within {new ByteSize(budget)}" : "";
        var forecast = DescribeForecast(wall);
        return (wall.InsideTokens, wall.BeyondTokens) switch
        {
            (null, null) => $"No wall was found{within}: no trial tells where its memory lay{forecast}.",
            ({ } inside, null) => FormattableString.Invariant($"No wall{within} up to {inside:#,0} tokens{forecast}."),
            ({ } inside, { } over) =>
                FormattableString.Invariant($"The memory wall{within} lies between {inside:#,0} and {over:#,0} tokens{forecast}."),
            (null, { } over) when wall.WeightBytes > wall.BudgetBytes => FormattableString.Invariant(
                $"No context fits{within}: the weights alone take {new ByteSize(wall.WeightBytes!.Value)}; the smallest tried is {over:#,0} tokens{forecast}."),
            (null, { } over) =>
                FormattableString.Invariant($"The memory wall{within} lies below {over:#,0} tokens, the smallest context tried{forecast}."),
        };
    }

    private static string DescribeForecast(WallAnalysis wall) => (wall.PredictedTokens, wall.Error) switch
    {
        (null, _) => "",
        (0, _) => $"; the forecast was that none fits{(wall.HasTier ? " without the tier" : "")}",
        ({ } tokens, _) when wall.HasTier => FormattableString.Invariant($"; {tokens:#,0} were forecast without the tier"),
        ({ } tokens, null or 0) when tokens >= wall.InsideTokens && tokens < wall.BeyondTokens =>
            FormattableString.Invariant($"; {tokens:#,0} were forecast, between the two"),
        ({ } tokens, null) => FormattableString.Invariant($"; {tokens:#,0} were forecast"),
        ({ } tokens, { } error) => FormattableString.Invariant($"; {tokens:#,0} were forecast, {error:+0.0%;-0.0%} off"),
    };

    private static string DescribeBeyond(WallAnalysis wall)
    {
        if (wall.Beyond is not { } beyond)
            return "";
        var storage = beyond.StorageBytesPerToken is >= 1 and var bytes
            ? $" {new ByteSize((long)bytes)} come from storage for each token."
            : "";
        var (most, least) = wall.BeyondIsBound ? ("at most ", "at least ") : ("", "");
        return beyond.Regime switch
        {
            MemoryRegime.OutOfMemory => " Beyond it the server is out of memory.",
            MemoryRegime.Refused => " Beyond it the server refuses.",
            _ when wall.CollapseFactor < MinFall =>
                FormattableString.Invariant($" Beyond it, {FormatRegime(beyond.Regime)}, generation keeps {wall.BeyondTps:0.##} tokens/s.")
                    + storage,
            _ when wall.CollapseFactor is { } factor =>
                FormattableString.Invariant(
                    $" Beyond it generation falls from {wall.InsideTps:0.##} to {most}{wall.BeyondTps:0.###} tokens/s, {least}{factor:0.#} times slower.") + storage,
            _ when wall is { InsideTokens: null, BeyondTps: { } rate } =>
                FormattableString.Invariant($" There it is {FormatRegime(beyond.Regime)} at {most}{rate:0.###} tokens/s.") + storage,
            _ => $" Beyond it the system is {FormatRegime(beyond.Regime)}.{storage}",
        };
    }

    // The step over the edge is often small: memory gives way page by page.
    private static string DescribeSlowest(WallAnalysis wall) =>
        wall is { Slowest: { } far, SlowestTps: { } rate, WorstFactor: >= MinFall and var factor }
        ? FormattableString.Invariant(
            $" At {far.ContextTokens:#,0} tokens it is {FormatRegime(far.Regime)} with {(wall.SlowestIsBound ? "at most " : "")}{rate:0.###} tokens/s, {(wall.SlowestIsBound ? "at least " : "")}{factor:0.#} times slower than inside.")
        : "";

    // What begins as a spill often ends as a kill a little farther out.
    private static string DescribeFailure(WallAnalysis wall)
    {
        if (wall.Beyond is not { Regime: not (MemoryRegime.OutOfMemory or MemoryRegime.Refused) })
            return "";
        var end = wall.Regimes.Where(regime => regime.Regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused)
            .MinBy(regime => regime.ContextTokens);
        return end is null
            ? ""
            : FormattableString.Invariant(
                $" At {end.ContextTokens:#,0} tokens {(end.Regime == MemoryRegime.Refused ? "the server refuses" : "it is out of memory")}.");
    }

    private static string FormatRegime(MemoryRegime regime) =>
        regime switch { MemoryRegime.Thrashing => "thrashing", MemoryRegime.Spilling => "spilling", _ => "slowed" };
}
