using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Predictions;

/// <summary>The peaks of a machine, as its data sheet has them.</summary>
/// <param name="MemoryBytes">Fast memory.</param>
/// <param name="BytesPerSecond">Bandwidth of that memory.</param>
/// <param name="FlopsPerSecond">Operations per second in the type that the model is computed in.</param>
internal sealed record MachinePeaks(long MemoryBytes, double BytesPerSecond, double FlopsPerSecond);

/// <summary>What the bounds say of another model on another machine at one context.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="TotalBytes">Forecast memory; absent where the shape lacks a size.</param>
/// <param name="MinPrefillSeconds">Prefill at the other machine's peak; absent where the shape lacks the number of parameters.</param>
/// <param name="MaxTps">Generation at its peak bandwidth; absent where the shape lacks the weights.</param>
/// <param name="PrefillSeconds">Prefill at the share of the peak that this run reached (MFU); absent where that is unknown.</param>
/// <param name="Tps">Generation at the share that this run reached (MBU); absent where that is unknown.</param>
internal sealed record ScaledContext(int ContextTokens, long? TotalBytes, double? MinPrefillSeconds, double? MaxTps,
    double? PrefillSeconds, double? Tps);

/// <summary>
/// A run carried over to another model and machine by its bounds: operations ÷ peak arithmetic for prefill, peak bandwidth ÷ bytes of a
/// token for generation. A bound holds on any machine; the share of it that is reached may differ.
/// </summary>
internal sealed record ScaledPrediction
{
    /// <summary>The other model.</summary>
    public required ModelShape Shape { get; init; }

    /// <summary>The other machine.</summary>
    public required MachinePeaks Machine { get; init; }

    /// <summary>Each context of the run, the smallest first.</summary>
    public required IReadOnlyList<ScaledContext> Contexts { get; init; }

    /// <summary>The largest context that the machine's memory holds, 0 for none; absent where every context fits or a size is
    /// unknown.</summary>
    public required int? WallTokens { get; init; }

    /// <summary>Whether this run reached a known share of the arithmetic peak.</summary>
    public bool HasMfu => Contexts.Any(context => context.PrefillSeconds is not null);

    /// <summary>Whether this run reached a known share of the bandwidth.</summary>
    public bool HasMbu => Contexts.Any(context => context.Tps is not null);

    /// <summary>Carries a run over.</summary>
    /// <param name="run">The run.</param>
    /// <param name="shape">The other model.</param>
    /// <param name="machine">The other machine.</param>
    public static ScaledPrediction Create(RunReport run, ModelShape shape, MachinePeaks machine)
    {
        var settings = new ForecastSettings();
        // Where a part was not in memory, the share of the peak says nothing about the processors.
        var outside = run.Wall.Regimes.Where(regime => regime.Regime is not (MemoryRegime.Unknown or MemoryRegime.InMemory))
            .Select(regime => regime.ContextTokens).ToHashSet();
        var shares = run.Utilization.Where(context => !outside.Contains(context.ContextTokens))
            .ToDictionary(context => context.ContextTokens);
        return new ScaledPrediction
        {
            Shape = shape,
            Machine = machine,
            Contexts = [.. run.Contexts.Select(context => context.ContextTokens).Distinct().Order()
                .Select(tokens => Scale(tokens, shares.GetValueOrDefault(tokens), shape, settings, machine))],
            WallTokens = FindWall(shape, settings, machine),
        };
    }

    private static ScaledContext Scale(int tokens, ContextUtilization? share, ModelShape shape, ForecastSettings settings,
        MachinePeaks machine)
    {
        var prefill = Utilization.PrefillFlops(shape, tokens) / machine.FlopsPerSecond;
        var rate = machine.BytesPerSecond / WorkPrediction.BytesPerToken(shape, settings, tokens);
        return new ScaledContext(tokens, MemoryForecast.Compute(shape, settings, tokens).TotalBytes, prefill, rate,
            prefill / share?.Mfu, rate * share?.Mbu);
    }

    private static int? FindWall(ModelShape shape, ForecastSettings settings, MachinePeaks machine)
    {
        if (MemoryForecast.Compute(shape, settings, 1).TotalBytes is null)
            return null;
        var wall = MemoryForecast.FindWall(shape, settings, new MemoryBudget(new Core.Units.ByteSize(machine.MemoryBytes)));
        return wall.Verdict == WallVerdict.Unlimited ? null : wall.WallTokens ?? 0;
    }
}
