using System.Globalization;

namespace MemoryWall.Charts;

/// <summary>How an axis is divided.</summary>
public enum AxisScale
{
    /// <summary>Evenly.</summary>
    Linear,

    /// <summary>By factors; values are above 0.</summary>
    Logarithmic,
}

/// <summary>A labelled place on an axis.</summary>
/// <param name="At">Where.</param>
/// <param name="Label">Its label.</param>
public readonly record struct Tick(double At, string Label);

/// <summary>An axis.</summary>
/// <param name="Title">What it shows, with its unit.</param>
/// <param name="Scale">How it is divided.</param>
public sealed record Axis(string Title, AxisScale Scale = AxisScale.Linear)
{
    private const double Kilo = 1024;

    /// <summary>The places with labels; null to choose them from the values.</summary>
    public IReadOnlyList<Tick>? Ticks { get; init; }

    /// <summary>The lower end; null to choose it.</summary>
    public double? Min { get; init; }

    /// <summary>The upper end; null to choose it.</summary>
    public double? Max { get; init; }

    /// <summary>An axis of contexts: by factors of 2, labelled <c>2k</c>, <c>8k</c>, <c>32k</c>.</summary>
    public static Axis Context(IEnumerable<double> contexts, string title = "context, tokens (log2)")
    {
        var all = contexts.Where(context => context > 0).Distinct().Order().ToList();
        if (all.Count == 0)
            return new Axis(title, AxisScale.Logarithmic);
        var (low, high) = (Math.Floor(Math.Log2(all[0]) + 1e-9), Math.Ceiling(Math.Log2(all[^1]) - 1e-9));
        var step = Math.Max(1, Math.Ceiling((high - low) / 10));
        var ticks = new List<Tick>();
        for (var power = low; power <= high; power += step)
            ticks.Add(new Tick(Math.Pow(2, power), Tokens(Math.Pow(2, power))));
        return new Axis(title, AxisScale.Logarithmic) { Ticks = ticks, Min = all[0] / 1.15, Max = all[^1] * 1.15 };
    }

    /// <summary>An axis with steps, the first at 0.</summary>
    public static Axis Steps(string title, IReadOnlyList<string> labels) =>
        new(title) { Ticks = [.. labels.Select((label, index) => new Tick(index, label))], Min = -0.5, Max = labels.Count - 0.5 };

    /// <summary>Shares from 0 to 100%.</summary>
    public static Axis Share(string title) => new(title) { Min = 0, Max = 1, Ticks = [.. Enumerable.Range(0, 5).Select(i => new Tick(i / 4.0, $"{i * 25}%"))] };

    /// <summary>A number of tokens as axes have it: <c>512</c>, <c>2k</c>, <c>1M</c> (k is 1,024).</summary>
    public static string Tokens(double tokens) => tokens switch
    {
        >= Kilo * Kilo => (tokens / Kilo / Kilo).ToString("0.#", CultureInfo.InvariantCulture) + "M",
        >= Kilo => (tokens / Kilo).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => tokens.ToString("0.#", CultureInfo.InvariantCulture),
    };
}
