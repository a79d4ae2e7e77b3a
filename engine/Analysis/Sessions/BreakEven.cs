namespace MemoryWall.Analysis.Sessions;

/// <summary>The bandwidth at which loading the KV cache of a context takes as long as computing it. Storage that is faster pays, storage
/// that is slower costs time.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="PrefillSeconds">How long it takes to compute.</param>
/// <param name="Bytes">Bytes of its KV cache.</param>
internal sealed record BreakEven(int ContextTokens, double PrefillSeconds, double Bytes)
{
    /// <summary>Bytes per second.</summary>
    public double BytesPerSecond => Bytes / PrefillSeconds;

    /// <summary>One entry for each measured context, the smallest first.</summary>
    public static IReadOnlyList<BreakEven> Compute(MeasuredTimes times, double bytesPerToken) =>
        [.. times.PrefillPoints.Select(point => new BreakEven((int)point.At, point.Value, point.At * bytesPerToken))];

    /// <summary>Seconds to load it from storage.</summary>
    public double LoadSeconds(double bytesPerSecond) => Bytes / bytesPerSecond;

    /// <summary>How many times sooner loading is done than computing; below 1 where storage loses.</summary>
    public double Gain(double bytesPerSecond) => bytesPerSecond / BytesPerSecond;
}
