namespace MemoryWall.Core.Units;

/// <summary>Tokens per second.</summary>
/// <param name="PerSecond">The rate, above 0 and finite.</param>
public readonly record struct TokenRate(double PerSecond) : IComparable<TokenRate>
{
    /// <summary>
    /// The rate of <paramref name="tokens"/> in <paramref name="duration"/>; null where either is absent or not positive.
    /// </summary>
    public static TokenRate? Compute(int? tokens, TimeSpan? duration) =>
        tokens is > 0 && duration is { Ticks: > 0 } span ? new TokenRate(tokens.Value / span.TotalSeconds) : null;

    /// <summary>Orders by rate.</summary>
    public int CompareTo(TokenRate other) => PerSecond.CompareTo(other.PerSecond);

    /// <summary>Three significant figures, and all digits above 100: <c>1,234 t/s</c>, <c>15.8 t/s</c>, <c>0.11 t/s</c>.</summary>
    public override string ToString() => NumberFormat.Rate(PerSecond);
}
