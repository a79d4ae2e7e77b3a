namespace MemoryWall.Analysis.Rules;

/// <summary>The thresholds by which compared systems are judged, beside those of <see cref="ComparisonRules"/>.</summary>
internal sealed record SystemRules
{
    /// <summary>Share of the emulated bandwidth that this machine's storage must reach. Default 0.9: the median of direct reads varies by a
    /// few percent, and an emulated device must not be faster than the machine's own.</summary>
    public double MinEmulatedShare { get; init; } = 0.9;
}
