using MemoryWall.Analysis.Comparisons;

namespace MemoryWall.Analysis.Walls;

/// <summary>The results of one system at one context.</summary>
public sealed record SystemCell
{
    /// <summary>The context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Median generation rate; an upper bound where <see cref="IsBound"/>; absent where nothing was generated.</summary>
    public double? GenerationTps { get; init; }

    /// <summary>Whether the rate is an upper bound, from trials that were stopped.</summary>
    public required bool IsBound { get; init; }

    /// <summary>Median time to the first token; absent where it was not measured.</summary>
    public double? TtftSeconds { get; init; }

    /// <summary>The worst regime of its trials.</summary>
    public required MemoryRegime Regime { get; init; }

    /// <summary>Whether every trial completed.</summary>
    public required bool IsUsable { get; init; }

    /// <summary>Bytes read from storage for each token, as counted by the tier or the system; absent where unknown.</summary>
    public double? StorageBytesPerToken { get; init; }

    /// <summary>Share of the experts that generation used which were in memory, by their bytes, 0 to 1; absent where no pool of experts was
    /// used.</summary>
    public double? ExpertHitShare { get; init; }

    /// <summary>Bytes that the tier wrote for a million tokens in and out, the wear of its device; absent where there is no
    /// tier.</summary>
    public double? WrittenBytesPerMillionTokens { get; init; }

    /// <summary>The rate that storage allows: direct-read bandwidth divided by streamed bytes per token, or the lower rate of a system
    /// without a cap. Absent where nothing is streamed.</summary>
    public double? LimitTps { get; init; }

    /// <summary>How many of its trials were disturbed by other work on the machine.</summary>
    public required int InterferenceCount { get; init; }

    /// <summary>How many of these its medians leave out, because enough undisturbed trials remain.</summary>
    public int InterferenceLeftOut { get; init; }
}

/// <summary>One system of a comparison.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RunId">Its run.</param>
/// <param name="Cells">Each context.</param>
/// <param name="LargestUsableTokens">The largest context up to which every trial completed; absent where none did.</param>
/// <param name="IsEmulated">Whether its storage was slowed down to emulate another device.</param>
public sealed record ComparedSystem(string Name, string RunId, IReadOnlyList<SystemCell> Cells, int? LargestUsableTokens, bool IsEmulated)
{
    /// <summary>The bandwidth of the device that the storage tier was to emulate; absent where none was emulated.</summary>
    internal long? EmulatedBytesPerSecond { get; init; }

    /// <summary>The bandwidth of the storage tier's direct reads, the median over trials; absent where it was not measured.</summary>
    internal double? DirectReadBytesPerSecond { get; init; }
}

/// <summary>How much faster one system generates than another at a context.</summary>
public sealed record SystemGain
{
    /// <summary>The system.</summary>
    public required string System { get; init; }

    /// <summary>The system that it is compared with.</summary>
    public required string Over { get; init; }

    /// <summary>The context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Generation rate ÷ that of the other system, and whether it is a difference; a lower bound where
    /// <see cref="IsLowerBound"/>, absent where the other generated nothing.</summary>
    public required RatioFinding? Finding { get; init; }

    /// <summary>Generation rate divided by that of the other system; a lower bound where the other was stopped, absent where the other
    /// generated nothing.</summary>
    public double? Factor => Finding?.Ratio.Value;

    /// <summary>Low end of the interval, or of the range where there are few repetitions; absent for a single pair.</summary>
    public double? Low => Finding?.Ratio.Interval?.Low;

    /// <summary>High end of the same interval; absent for a lower bound too.</summary>
    public double? High => IsLowerBound ? null : Finding?.Ratio.Interval?.High;

    /// <summary>Whether the factor is a lower bound.</summary>
    public required bool IsLowerBound { get; init; }
}
