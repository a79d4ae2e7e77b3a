using System.Globalization;

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

    /// <summary>The rate with all its digits, the same in every culture: <c>15.75 t/s</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PerSecond} t/s");
}
