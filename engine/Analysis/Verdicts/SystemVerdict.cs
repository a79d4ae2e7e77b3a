using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Walls;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>How far a system of a comparison reaches.</summary>
/// <param name="System">The system.</param>
/// <param name="LargestTokens">The largest context up to which every trial completed; absent where none did.</param>
/// <param name="FailsAtTokens">The smallest context at which a trial did not complete; absent where all did.</param>
/// <param name="FailsAs">The worst regime there; absent with it.</param>
internal sealed record SystemReachVerdict(string System, int? LargestTokens, int? FailsAtTokens, MemoryRegime? FailsAs)
    : Verdict(VerdictTopic.Reach, [])
{
    /// <summary>The smallest context at which every trial completes but the system is thrashing; absent where there is none.</summary>
    public int? ThrashesFromTokens { get; init; }
}

/// <summary>Storage was too slow for the device that it emulates.</summary>
/// <param name="System">The system.</param>
/// <param name="EmulatedBytesPerSecond">The bandwidth of the emulated device.</param>
/// <param name="MeasuredBytesPerSecond">The bandwidth of this machine's storage.</param>
internal sealed record EmulationVerdict(string System, double EmulatedBytesPerSecond, double MeasuredBytesPerSecond)
    : Verdict(VerdictTopic.Emulation, []);

/// <summary>Two systems that are not compared.</summary>
/// <param name="System">The system.</param>
/// <param name="Over">The other system.</param>
/// <param name="Barrier">Why.</param>
internal sealed record IncomparableVerdict(string System, string Over, ComparisonBarrier Barrier)
    : Verdict(VerdictTopic.Gain, []);

/// <summary>How the generation rates of two systems compare.</summary>
internal enum GainKind
{
    /// <summary>The other system generates nothing.</summary>
    Alone,

    /// <summary>The system is faster.</summary>
    Faster,

    /// <summary>The system is slower.</summary>
    Slower,

    /// <summary>No difference is shown.</summary>
    NoDifference,

    /// <summary>There are too few repetitions for a conclusion.</summary>
    TooFew,
}

/// <summary>The generation rates of two systems at one context.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Tps">The rate of the system, in tokens per second.</param>
/// <param name="OverTps">The rate of the other system; an upper bound where <paramref name="IsLowerBound"/>, absent where it generates
/// nothing.</param>
/// <param name="IsLowerBound">Whether the ratio is a lower bound, because the other system was stopped.</param>
/// <param name="Finding">The first rate divided by the second, and whether that is a difference; absent where there is no second
/// rate.</param>
internal sealed record ComparedRates(int ContextTokens, double? Tps, double? OverTps, bool IsLowerBound, RatioFinding? Finding)
{
    /// <summary>Bytes that the system streams from storage for each token, divided by those of the other; absent unless both stream with
    /// the storage tier.</summary>
    public double? StorageShare { get; init; }
}

/// <summary>How the last system of a comparison compares with another, at all contexts with the same conclusion.</summary>
/// <param name="System">The system.</param>
/// <param name="Over">The system that it is compared with.</param>
/// <param name="Conclusion">The conclusion.</param>
/// <param name="Contexts">The contexts, the smallest first; one or more.</param>
internal sealed record SystemGainVerdict(string System, string Over, GainKind Conclusion, IReadOnlyList<ComparedRates> Contexts)
    : Verdict(VerdictTopic.Gain, []);
