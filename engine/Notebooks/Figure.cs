using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Audit;
using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using MemoryWall.Core;
using MemoryWall.Models.Hardware;
using MemoryWall.Notebooks.Figures;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Reporting.Figures;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks;

/// <summary>
/// A figure. As the last value of a cell it is shown as an interactive chart, as a picture where scripts do not run, or as a table in plain
/// text. Its title is the finding; a cross marks the context of a failed trial.
/// </summary>
public sealed class Figure
{
    internal Figure(Chart chart, params Run[] runs) => Chart = SampleMark.Apply(chart, runs);

    private Figure(Chart chart, MeasuredMachines machines) => Chart = SampleMark.Apply(chart, machines.Samples, machines.RunCount);

    internal Chart Chart { get; }

    /// <summary>The finding, as a sentence.</summary>
    public string Title => Chart.Title;

    /// <summary>The figure as HTML. In a page without the load cell's scripts it is a static picture.</summary>
    public string Html => FigureHtml.Render(Chart);

    /// <summary>The figure as an SVG picture with title and notes.</summary>
    public string Svg => ChartSvg.Render(Chart);

    /// <summary>The figure in plain text.</summary>
    public override string ToString() => ChartText.Format(Chart);

    /// <summary>Writes the SVG picture to a file.</summary>
    public void Save(string path) => File.WriteAllText(path, Svg);

    /// <summary>TTFT over context.</summary>
    public static Figure Ttft(params Run[] runs) => new(ContextChart.Create(Analyze(runs), title: null, ContextChart.Ttft), runs);

    /// <summary>Prefill and generation rates over context.</summary>
    public static Figure Rates(params Run[] runs) =>
        new(ContextChart.Create(Analyze(runs), title: null, ContextChart.Prefill, ContextChart.Generation), runs);

    /// <summary>The share of prefill and generation in the time of a request, over context.</summary>
    public static Figure TimeShare(Run run) => new(PhaseShareChart.Create(Runs.GetReport(run)), run);

    /// <summary>The share of each step in TTFT (sending, queue, tokenization, orchestration, prefill, first token), over context.</summary>
    public static Figure TtftSteps(Run run) => new(TtftStepsChart.Create(Runs.GetReport(run)), run);

    /// <summary>Which phase takes more time, over context and output length, with the crossover line.</summary>
    public static Figure Dominance(Run run) => new(DominanceChart.Create(Runs.GetReport(run)), run);

    /// <summary>Blended throughput over context.</summary>
    public static Figure Blended(Run run) => new(BlendedChart.Create(Runs.GetReport(run)), run);

    /// <summary>The prefill rate inside single requests.</summary>
    public static Figure PrefillCurve(Run run) => new(PrefillCurveChart.Create(Runs.GetReport(run)), run);

    /// <summary>Time between tokens over context depth.</summary>
    public static Figure InterTokenTime(Run run) => new(InterTokenChart.Create(Runs.GetReport(run)), run);

    /// <summary>Both phases in the machine's roofline model.</summary>
    public static Figure Roofline(Run run) => new(RooflineChart.Create(Runs.GetReport(run)), run);

    /// <summary>Compute utilisation of prefill (MFU) and memory bandwidth utilisation of generation (MBU) over context.</summary>
    public static Figure Utilization(Run run) => new(UtilizationChart.Create(Runs.GetReport(run)), run);

    /// <summary>The KV cache over context: forecast and allocated size.</summary>
    public static Figure KvCache(params Run[] runs) => new(KvCacheChart.Create(Analyze(runs), additionalTypes: null), runs);

    /// <summary>The KV cache by element type: the forecast for f16, q8_0 and q4_0, and the allocated size.</summary>
    public static Figure KvTypes(params Run[] runs) => new(KvCacheChart.Create(Analyze(runs), ["f16", "q8_0", "q4_0"]), runs);

    /// <summary>The forecast memory over context, and the largest context for each memory size.</summary>
    /// <param name="model">A known model, a synthetic preset or a GGUF file.</param>
    /// <param name="kvType">Element type of the KV cache; null for f16.</param>
    /// <param name="from">Smallest context.</param>
    /// <param name="to">Largest context.</param>
    /// <param name="limits">Memory sizes, separated by commas.</param>
    public static Figure MemoryTiers(string model, string? kvType = null, string from = "2k", string to = "128k",
        string limits = "16GB,32GB,64GB,128GB")
    {
        var (low, high) = (ContextList.Parse(from)[0].Value, ContextList.Parse(to)[0].Value);
        if (high <= low)
            throw new ArgumentException($"to: '{to}' must be larger than from: '{from}'", nameof(to));
        return new Figure(
            TiersChart.Create(Forecast.FindShape(model), model, kvType, low, high,
                limits.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>How far the context of each model reaches on each machine: in accelerator memory, in RAM, with a part on storage.</summary>
    /// <param name="matrix">The models and machines, from <see cref="Forecast.Machines"/>.</param>
    public static Figure Machines(MachineMatrix matrix) => new(MachineFitChart.Create(matrix));

    /// <summary>Generation rate and TTFT of measured machines at each context, with their intervals.</summary>
    /// <param name="machines">The machines, from <see cref="Runs.Machines"/>.</param>
    public static Figure Machines(MeasuredMachines machines)
    {
        ArgumentNullException.ThrowIfNull(machines);
        return new Figure(MeasuredMachinesChart.Create(machines.Report, machines.Names), machines);
    }

    /// <summary>Generation rate for the price and for the power of measured machines at each context, with their intervals.</summary>
    /// <param name="machines">The machines, from <see cref="Runs.Machines"/>.</param>
    public static Figure MachineCosts(MeasuredMachines machines)
    {
        ArgumentNullException.ThrowIfNull(machines);
        return new Figure(MeasuredMachinesChart.CreateForCosts(machines.Report, machines.Names), machines);
    }

    /// <summary>The measured bytes of weights and KV cache in each memory tier, over context.</summary>
    public static Figure Placement(Run run) => new(PlacementChart.Create(Runs.GetReport(run)), run);

    /// <summary>Throughput of systems over context, with forecast and measured walls.</summary>
    public static Figure MemoryWall(params Run[] runs) => new(WallChart.Create(Analyze(runs)), runs);

    /// <summary>TTFT and generation rate of several systems over context, with failed trials.</summary>
    public static Figure SideBySide(params Run[] runs) =>
        new(ContextChart.Create(Analyze(runs), title: null, ContextChart.Ttft, ContextChart.Generation), runs);

    /// <summary>TTFT by turn of conversations, for each system.</summary>
    /// <param name="runs">One run a system, from <c>memwall sessions</c>.</param>
    public static Figure SessionTurns(params Run[] runs) => new(SessionTurnsChart.Create(Analyze(runs)), runs);

    /// <summary>TTFT that 95% of all turns do not exceed over the number of users, for each system, with the limit.</summary>
    /// <param name="slo">The limit: <c>ttft=2s</c>; null for none.</param>
    /// <param name="runs">One run a system, from <c>memwall sessions</c>.</param>
    /// <exception cref="FormatException">The limit cannot be read.</exception>
    public static Figure UsersWall(string? slo, params Run[] runs) =>
        new(UsersWallChart.Create(Analyze(runs), slo is null ? null : CellOption.Parse(nameof(slo), () => Slo.Parse(slo))), runs);

    /// <summary>What caches of several sizes make of a recorded trace: found blocks and TTFT over the size of RAM.</summary>
    /// <param name="caches">The forecast, from <see cref="Forecast.Sessions"/>.</param>
    public static Figure CacheSizes(CacheForecasts caches)
    {
        ArgumentNullException.ThrowIfNull(caches);
        return new Figure(SessionForecastChart.Create(caches.Forecast, caches.Heading, caches.Source), caches.Run);
    }

    /// <summary>One trial on a time axis: its tokens and the readings of the machine.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="trial">Its number; 0 for the first trial beyond the memory wall or, without one, the last at the largest
    /// context.</param>
    public static Figure Timeline(Run run, int trial = 0) => CreateTimeline(Runs.GetReport(run), trial);

    /// <summary>The ratios of two runs with their intervals.</summary>
    public static Figure Compare(Run first, Run second) =>
        new(CompareChart.Create(Runs.Compare(first, second), Runs.GetReport(first), Runs.GetReport(second)), first, second);

    /// <summary>The curves fitted through prefill time and time between tokens, with residuals and a forecast for twice the largest
    /// context.</summary>
    public static Figure Fits(Run run) => new(FitChart.Create(Runs.GetReport(run)), run);

    /// <summary>A run together with results of other tools (<see cref="Runs.Audited"/>): TTFT, prefill and generation over context. A cross
    /// is a doubted record.</summary>
    public static Figure AuditedResults(Run run, params AuditedFile[] files) =>
        new(AuditedChart.Create(Runs.GetReport(run), files), run);

    private static Figure CreateTimeline(RunReport run, int trial) =>
        new(TimelineChart.Create(run, trial == 0 ? TrialSelection.FindMostRelevant(run) : trial), run.Run);

    private static RunReport[] Analyze(Run[] runs) => [.. runs.Select(Runs.GetReport)];
}
