namespace MemoryWall.Analysis.Rules;

/// <summary>How certain curves and crossovers must be, and how well a forecast of memory must fit.</summary>
internal sealed record EstimateRules
{
    /// <summary>The confidence level of the terms of a fit together, of its forecasts, and of a crossover, 0 to 1. Default 0.95, the level
    /// of the field.</summary>
    public double ConfidenceLevel { get; init; } = 0.95;

    /// <summary>The share of its window that a trial must fill for its memory to be compared with the forecast. Default 0.9: the forecast
    /// is for a full window.</summary>
    public double MinWindowFill { get; init; } = 0.9;

    /// <summary>How far the measured KV cache may be from its forecast and still agree, as a share. Default 0.01: allocators round to
    /// pages.</summary>
    public double KvForecastTolerance { get; init; } = 0.01;

    /// <summary>The share of weights and KV cache on storage from which a system spills. Default 0.02: weights that no token has used yet
    /// are still in their file.</summary>
    public double MinSpilledShare { get; init; } = 0.02;
}
