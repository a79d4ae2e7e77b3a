using System.Globalization;

namespace MemoryWall.Charts;

/// <summary>The range that an axis shows and its labels, derived from the values unless the axis specifies them.</summary>
internal sealed record AxisRange
{
    private const double Padding = 0.05;

    private AxisRange(bool logarithmic, double min, double max, IReadOnlyList<Tick> ticks) =>
        (IsLogarithmic, Min, Max, Ticks) = (logarithmic, min, max, ticks);

    /// <summary>Whether the axis is logarithmic.</summary>
    public bool IsLogarithmic { get; }

    /// <summary>The lower end.</summary>
    public double Min { get; }

    /// <summary>The upper end.</summary>
    public double Max { get; }

    /// <summary>The smallest value to show, without the room around the values.</summary>
    public double Smallest { get; private init; }

    /// <summary>The largest value to show, without the room around the values.</summary>
    public double Largest { get; private init; }

    /// <summary>The labelled positions in the range.</summary>
    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>The position of a value: 0 at the lower end, 1 at the upper end.</summary>
    public double ToFraction(double value) =>
        IsLogarithmic ? (Math.Log(value) - Math.Log(Min)) / (Math.Log(Max) - Math.Log(Min)) : (value - Min) / (Max - Min);

    /// <summary>Whether a value is in the range.</summary>
    public bool Contains(double value) =>
        double.IsFinite(value) && (!IsLogarithmic || value > 0) && ToFraction(value) is >= -1e-9 and <= 1 + 1e-9;

    /// <summary>The range of a horizontal axis.</summary>
    public static AxisRange ForX(Chart chart) => Compute(chart.X, chart.Panels.SelectMany(panel => AxisValues.GetX(panel)));

    /// <summary>The range of a panel's vertical axis.</summary>
    public static AxisRange ForY(Panel panel) => Compute(panel.Y, AxisValues.GetY(panel));

    internal static AxisRange Compute(Axis axis, IEnumerable<double> values)
    {
        var log = axis.Scale == AxisScale.Logarithmic;
        var known = values.Where(value => double.IsFinite(value) && (!log || value > 0)).ToList();
        var (low, high) = known.Count == 0 ? (log ? 1.0 : 0.0, log ? 10.0 : 1.0) : (known.Min(), known.Max());
        if (!log && low >= 0)
            low = 0;
        var (smallest, largest) = (axis.Min ?? low, axis.Max ?? high);
        (low, high) = log ? Pad(Math.Log(low), Math.Log(high), Math.Exp) : (low, high > low ? high + Padding * (high - low) : high + 1);
        var (min, max) = (axis.Min ?? low, axis.Max ?? high);
        if (!(max > min))
            max = log ? min * 2 : min + 1;
        var range = new AxisRange(log, min, max, []);
        // A short logarithmic range can contain fewer than two round steps; it gets linear steps instead.
        var ticks = axis.Ticks ?? (log && CreateLogTicks(min, max) is { Count: > 1 } decades ? decades : CreateLinearTicks(min, max));
        return new AxisRange(log, min, max, [.. ticks.Where(tick => range.Contains(tick.Value))])
        {
            Smallest = smallest,
            Largest = largest,
        };
    }

    private static (double Low, double High) Pad(double low, double high, Func<double, double> back)
    {
        var room = high > low ? Padding * (high - low) : 0.5;
        return (back(low - room), back(high + room));
    }

    // Steps are 1, 2 or 5 times a power of ten.
    private static List<Tick> CreateLinearTicks(double min, double max)
    {
        var rough = (max - min) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (rough / power) switch { <= 1.5 => power, <= 3 => 2 * power, <= 7 => 5 * power, _ => 10 * power };
        var ticks = new List<Tick>();
        for (var at = Math.Ceiling(min / step) * step; at <= max + step * 1e-9; at += step)
            ticks.Add(new Tick(Math.Abs(at) < step * 1e-9 ? 0 : at, FormatLabel(Math.Abs(at) < step * 1e-9 ? 0 : at)));
        return ticks;
    }

    private static List<Tick> CreateLogTicks(double min, double max)
    {
        double[] steps = Math.Log10(max / min) switch
        {
            < 1 => [1, 1.5, 2, 3, 5, 7],
            < 1.7 => [1, 2, 3, 5],
            < 2.5 => [1, 2, 5],
            < 5 => [1, 3],
            _ => [1]
        };
        return [.. from power in Enumerable.Range((int)Math.Floor(Math.Log10(min)), (int)Math.Ceiling(Math.Log10(max / min)) + 2)
                   from step in steps
                   let at = step * Math.Pow(10, power)
                   where at >= min && at <= max
                   select new Tick(at, FormatLabel(at))];
    }

    private static string FormatLabel(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e15 or < 1e-6 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        >= 1e9 => (value / 1e9).ToString("#,0.##", CultureInfo.InvariantCulture) + "G",
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.######", CultureInfo.InvariantCulture),
    };
}
