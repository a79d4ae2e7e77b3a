using System.Globalization;

namespace MemoryWall.Benchmarks;

/// <summary>One figure of the suite, with the figure of an alternative measured in the same run.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Ours">The figure.</param>
/// <param name="Against">The alternative's name.</param>
/// <param name="Theirs">Its figure.</param>
/// <param name="Ratio">Our cost over that of the alternative: below 1 where ours is less.</param>
internal sealed record Measured(string What, string Ours, string Against, string Theirs, double Ratio)
{
    /// <summary>The median: a busy moment moves it least when there are few values.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The figure as a row of a Markdown table.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"| {What} | {Ours} | {Against} | {Theirs} | {Ratio:0.00} |");
}
