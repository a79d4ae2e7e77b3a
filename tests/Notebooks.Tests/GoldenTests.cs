using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;
using MemoryWall.Core;
using MemoryWall.Notebooks.Views;

namespace MemoryWall.Notebooks.Tests;

/// <summary>What cells show about the stored samples, as text.</summary>
public class GoldenTests
{
    public static TheoryData<string> Samples => new(Runs.Samples().Select(name => name["samples/".Length..]));

    [Theory]
    [MemberData(nameof(Samples))]
    public void Run_Sample_IsAsStored(string sample)
    {
        var run = Runs.Open($"samples/{sample}");
        GoldenFile.AssertEqual($"run-{sample}", () => Join(RunView.Create(Runs.GetReport(run)), Runs.MeasuredOn(run),
            PhasesView.Create(Runs.Analysis(run).Phases)));
    }

    /// <summary>Titles, captions, tables and notes.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void Figures_Sample_AreAsStored(string sample)
    {
        var run = Runs.Open($"samples/{sample}");
        GoldenFile.AssertEqual($"figures-{sample}",
            () => Join([.. Figures.FigureTests.All.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Where(entry => entry.Key is not ("compare" or "side by side")).Select(entry => entry.Value(run))]));
    }

    [Fact]
    public void Figures_SeveralRuns_AreAsStored() => GoldenFile.AssertEqual("figures-of-several-runs", () =>
    {
        var (caches, walls) = (Runs.OpenAll("samples/kv-*"), OpenWalls());
        return Join(Figure.MemoryWall(walls), Figure.SideBySide(walls), Figure.Ttft(caches), Figure.KvTypes(caches),
            Figure.Compare(caches[0], caches[1]), Figure.MemoryTiers("llama-3.1-8b", "q8_0"));
    });

    [Fact]
    public void Findings_SweepAndSystems_AreAsStored() => GoldenFile.AssertEqual("findings", () =>
    {
        var (sweep, walls) = (Runs.Open("samples/context-sweep"), OpenWalls());
        return Join(FindingsView.Create(Runs.Findings(sweep, walls)), FindingsView.Create(Runs.Findings(sweep)),
            FindingsView.Create(Runs.Findings(walls[0])), Runs.MeasuredOn(sweep, walls));
    });

    [Fact]
    public void Systems_Walls_AreAsStored() =>
        GoldenFile.AssertEqual("systems", () => SystemsView.Create(Runs.Systems(OpenWalls())).Text);

    [Fact]
    public void Comparison_TwoRuns_IsAsStored() => GoldenFile.AssertEqual("comparison", () =>
        ComparisonView.Create(Runs.Compare(Runs.Open("samples/kv-f16"), Runs.Open("samples/kv-q8_0"))).Text);

    [Fact]
    public void Machines_KnownModels_AreAsStored() => GoldenFile.AssertEqual("machines", () =>
    {
        var matrix = Forecast.Machines("llama-3.1-8b,qwen3-30b-a3b", "16GB,64GB+24GB-gpu,24GB-gpu",
            "ram=60GB/s,gpu=1TB/s,storage=7GB/s");
        return MachineMatrixView.Create(matrix).Text + "\n" + Figure.Machines(matrix);
    });

    [Fact]
    public void MeasuredMachines_Bundles_AreAsStored() => GoldenFile.AssertEqual("measured-machines", () =>
    {
        var machines = Runs.Machines(MeasuredMachinesTests.Bundles, MeasuredMachinesTests.Prices);
        return Join(machines, Figure.Machines(machines), Figure.MachineCosts(machines),
            machines.Forecast("board=8GB@30GB/s,laptop=36GB-unified@273GB/s", prices: "board=90@10W"));
    });

    [Fact]
    public void Forecast_KnownModel_IsAsStored() => GoldenFile.AssertEqual("forecast", () =>
        ForecastView.Create(Forecast.Table("llama-3.1-8b", "2k,16k,128k,256k", "12GiB", "q8_0")).Text);

    [Theory]
    [MemberData(nameof(Samples))]
    public void Predictions_Sample_AreAsStored(string sample)
    {
        var run = Runs.Open($"samples/{sample}");
        GoldenFile.AssertEqual($"predictions-{sample}", () => Join(Predict.Prefill(run, 3), Predict.Generation(run, 100),
            Predict.Crossover(run, 2000), Predict.KvCache(run), Predict.Limits(run),
            Predict.Elsewhere(run, "llama-3.1-8b", "24GB", "1008GB/s", 165), Runs.WhatToDo(run)));
    }

    [Fact]
    public void Predictions_SeveralRuns_AreAsStored() => GoldenFile.AssertEqual("predictions-of-several-runs", () =>
        Join(Predict.Walls(OpenWalls()), Predict.Change(Runs.Open("samples/kv-f16"), Runs.Open("samples/kv-q8_0")),
            Runs.WhatToDo(OpenWalls())));

    [Fact]
    public void Audit_OtherTool_IsAsStored() => GoldenFile.AssertEqual("audit", () =>
        AuditView.Create(Auditor.AuditText("verbose.txt", Audited.Verbose, new AuditSettings())).Text);

    private static Run[] OpenWalls() =>
        Runs.OpenAll("samples/wall-standard,samples/wall-no-swap,samples/wall-kv-q8_0,samples/wall-managed");

    private static string Join(params object[] parts) => string.Join("\n----\n\n", parts);
}
