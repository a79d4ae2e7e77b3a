using MemoryWall.Audit;
using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using MemoryWall.Core;
using MemoryWall.Notebooks.Figures;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks;

/// <summary>
/// A figure: as the last value of a cell it shows itself, interactive where scripts run, as a picture elsewhere, as a table in plain text.
/// Its title is what was found; failures are crosses at the context where they happened.
/// </summary>
public sealed class Figure
{
    internal Figure(Chart chart) => Chart = chart;

    internal Chart Chart { get; }

    /// <summary>What was found.</summary>
    public string Title => Chart.Title;

    /// <summary>The figure as HTML, to be put into a page that has the load cell's scripts; without them it is the picture.</summary>
    public string Html => FigureHtml.Render(Chart);

    /// <summary>The figure as an SVG picture, words included.</summary>
    public string Svg => ChartSvg.Render(Chart);

    /// <summary>The figure in plain text.</summary>
    public override string ToString() => ChartText.Format(Chart);

    /// <summary>Writes the picture.</summary>
    public void Save(string path) => File.WriteAllText(path, Svg);

    /// <summary>TTFT over context.</summary>
    public static Figure Ttft(params Run[] runs) => new(ContextChart.Create(runs, title: null, ContextChart.Ttft));

    /// <summary>Prefill and generation rates over context.</summary>
    public static Figure Rates(params Run[] runs) =>
        new(ContextChart.Create(runs, title: null, ContextChart.Prefill, ContextChart.Generation));

    /// <summary>The phases' shares of the time, context by context.</summary>
    public static Figure TimeShare(Run run) => new(PhaseShareChart.Create(run));

    /// <summary>Which phase dominates, over context and output length, with the crossover line.</summary>
    public static Figure Dominance(Run run) => new(DominanceChart.Create(run));

    /// <summary>Blended throughput over context.</summary>
    public static Figure Blended(Run run) => new(BlendedChart.Create(run));

    /// <summary>The prefill rate inside single requests.</summary>
    public static Figure PrefillCurve(Run run) => new(PrefillCurveChart.Create(run));

    /// <summary>Time between tokens against depth.</summary>
    public static Figure InterTokenTime(Run run) => new(InterTokenChart.Create(run));

    /// <summary>Both phases under the machine's roofline.</summary>
    public static Figure Roofline(Run run) => new(RooflineChart.Create(run));

    /// <summary>MFU of prefill and MBU of generation over context.</summary>
    public static Figure Utilization(Run run) => new(UtilizationChart.Create(run));

    /// <summary>The KV cache: forecast beside what was allocated.</summary>
    public static Figure KvCache(params Run[] runs) => new(KvCacheChart.Create(runs, additionalTypes: null));

    /// <summary>The KV cache by its element type: forecasts of f16, q8_0 and q4_0 beside what was allocated.</summary>
    public static Figure KvTypes(params Run[] runs) => new(KvCacheChart.Create(runs, ["f16", "q8_0", "q4_0"]));

    /// <summary>What fills memory as the context grows, and which context fits which limit.</summary>
    /// <param name="model">A known model, a synthetic preset or a GGUF file.</param>
    /// <param name="kvType">Element type of the KV cache; null for f16.</param>
    /// <param name="from">Smallest context.</param>
    /// <param name="to">Largest context.</param>
    /// <param name="limits">Sizes of memory with commas between.</param>
    public static Figure MemoryTiers(string model, string? kvType = null, string from = "2k", string to = "128k",
        string limits = "16GB,32GB,64GB,128GB")
    {
        var (low, high) = (ContextList.Parse(from)[0].Value, ContextList.Parse(to)[0].Value);
        if (high <= low)
            throw new ArgumentException($"'{to}' is not above '{from}'", nameof(to));
        return new Figure(
            TiersChart.Create(Forecast.FindShape(model), model, kvType, low, high,
                limits.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>Where weights and KV cache lay, tier on tier over context, as counted.</summary>
    public static Figure Placement(Run run) => new(PlacementChart.Create(run));

    /// <summary>Throughput of systems over context, with the walls forecast and hit.</summary>
    public static Figure MemoryWall(params Run[] runs) => new(WallChart.Create(runs));

    /// <summary>Two systems beside each other: TTFT and generation rate, failures where they happened.</summary>
    public static Figure SideBySide(params Run[] runs) =>
        new(ContextChart.Create(runs, title: null, ContextChart.Ttft, ContextChart.Generation));

    /// <summary>One trial on one time axis with what the machine did.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="trial">Its number; 0 for the last one with the largest context, a failure before a success.</param>
    public static Figure Timeline(Run run, int trial = 0) =>
        new(TimelineChart.Create(run, trial == 0 ? TrialSelection.FindMostRelevant(run) : trial));

    /// <summary>Two runs as ratios with intervals.</summary>
    public static Figure Compare(Run first, Run second) => new(CompareChart.Create(first, second));

    /// <summary>The curves fitted through prefill time and time between tokens, with residuals, and what they say of twice the largest
    /// context.</summary>
    public static Figure Fits(Run run) => new(FitChart.Create(run));

    /// <summary>A run with other tools' results beside it (<see cref="Runs.Audited"/>): TTFT, prefill and generation over context, doubted
    /// records as crosses.</summary>
    public static Figure AuditedResults(Run run, params AuditedFile[] files) => new(AuditedChart.Create(run, files));
}
