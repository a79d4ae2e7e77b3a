using System.Globalization;

namespace MemoryWall.Charts;

/// <summary>The scale of an axis.</summary>
internal enum AxisScale
{
    /// <summary>Linear.</summary>
    Linear,

    /// <summary>Logarithmic; values are above 0.</summary>
    Logarithmic,
}

/// <summary>A labelled position on an axis.</summary>
/// <param name="Value">The position.</param>
/// <param name="Label">Its label.</param>
internal readonly record struct Tick(double Value, string Label);

/// <summary>An axis.</summary>
/// <param name="Title">The quantity with its unit.</param>
/// <param name="Scale">Its scale.</param>
internal sealed record Axis(string Title, AxisScale Scale = AxisScale.Linear)
{
    private const double Kilo = 1024;
    private const double MaxTicks = 12;

    /// <summary>The labelled positions; null to derive them from the values.</summary>
    public IReadOnlyList<Tick>? Ticks { get; init; }

    /// <summary>The lower end; null to derive it from the values.</summary>
    public double? Min { get; init; }

    /// <summary>The upper end; null to derive it from the values.</summary>
    public double? Max { get; init; }

    /// <summary>A logarithmic axis of contexts, labelled <c>2k</c>, <c>8k</c>, <c>32k</c>. Labels are at the contexts themselves if there
    /// are few, and at powers of 2.</summary>
    public static Axis ForContexts(IEnumerable<double> contexts, string title = "context, tokens (log2)")
    {
        var all = contexts.Where(context => context > 0).Distinct().Order().ToList();
        if (all.Count == 0)
            return new Axis(title, AxisScale.Logarithmic);
        var (low, high) = ((int)Math.Floor(Math.Log2(all[0]) + 1e-9), (int)Math.Ceiling(Math.Log2(all[^1]) - 1e-9));
        var room = Math.Max(0.4, (high - low) / MaxTicks);
        var (min, max) = (all[0] / 1.15, all[^1] * 1.15);
        var ticks = new List<double>();
        foreach (var at in (all.Count <= MaxTicks ? all : []).Where(HasExactLabel)
            .Concat(Enumerable.Range(low, high - low + 1).Select(power => Math.Pow(2, power))))
        {
            if (at >= min && at <= max && ticks.TrueForAll(taken => Math.Abs(Math.Log2(at / taken)) >= room - 1e-9))
                ticks.Add(at);
        }
        var labels = ticks.Count > 0
            ? ticks.Order().Select(at => new Tick(at, FormatTokens(at)))
            : [new Tick(all[0], all[0].ToString("#,0", CultureInfo.InvariantCulture))];
        return new Axis(title, AxisScale.Logarithmic) { Ticks = [.. labels], Min = min, Max = max };
    }

    // A rounded label would name another position than its own.
    private static bool HasExactLabel(double tokens) => tokens < Kilo || tokens * 10 % Kilo == 0;

    /// <summary>An axis of categories at 0, 1, 2, …</summary>
    public static Axis ForCategories(string title, IReadOnlyList<string> labels) =>
        new(title) { Ticks = [.. labels.Select((label, index) => new Tick(index, label))], Min = -0.5, Max = labels.Count - 0.5 };

    /// <summary>An axis of shares from 0 to 100%.</summary>
    public static Axis ForShares(string title) =>
        new(title) { Min = 0, Max = 1, Ticks = [.. Enumerable.Range(0, 5).Select(i => new Tick(i / 4.0, $"{i * 25}%"))] };

    /// <summary>A number of tokens as a label: <c>512</c>, <c>2k</c>, <c>1M</c> (k is 1,024).</summary>
    public static string FormatTokens(double tokens) => tokens switch
    {
        >= Kilo * Kilo => (tokens / Kilo / Kilo).ToString("0.#", CultureInfo.InvariantCulture) + "M",
        >= Kilo => (tokens / Kilo).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => tokens.ToString("0.#", CultureInfo.InvariantCulture),
    };
}
