using MemoryWall.Core.Facts;
using MemoryWall.Experiments;
using MemoryWall.Experiments.Cells;
using MemoryWall.Experiments.Execution;
using MemoryWall.Experiments.Files;

namespace MemoryWall.Engine.Tests.Experiments;

/// <summary>Makes cells of axes: combinations, blocks and order.</summary>
public sealed class CellExpanderTests
{
    private static readonly MachineFacts s_machine = new()
    {
        OperatingSystem = "Linux",
        Architecture = "X64",
        MemoryTotalBytes = 8L << 30,
        MemoryAvailableBytes = 4L << 30,
    };

    private static IReadOnlyList<ExperimentCell> Expand(string axes, string more = "") =>
        CellExpander.Expand(ExperimentFile.Parse($"name: x\naxes:\n{axes}\n{more}", "x.yaml"), s_machine);

    private static string Text(ExperimentCell cell) => string.Join(" ", cell.Values.Select(value => value.Text));

    [Fact]
    public void Expand_Shuffled_EachBlockHasEveryCellOnceInAnOrderOfItsOwn()
    {
        var cells = Expand("  contexts: [64, 65, 66, 67, 68, 69]\n  kv_types: [f16, q8_0]", "repetitions: 3\norder: {seed: 5}");

        var blocks = cells.GroupBy(cell => cell.Repetition).Select(block => block.Select(Text).ToList()).ToList();
        Assert.Equal(Enumerable.Range(1, 36), cells.Select(cell => cell.Number));
        Assert.Equal(3, blocks.Count);
        Assert.All(blocks, block => Assert.Equal(12, block.Distinct().Count()));
        Assert.NotEqual(blocks[0], blocks[1]);
        Assert.NotEqual(blocks[1], blocks[2]);
        Assert.NotEqual(blocks[0], blocks[0].Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Expand_Seed_DecidesTheOrder()
    {
        const string Axes = "  contexts: [64, 65, 66, 67, 68, 69]\n  kv_types: [f16, q8_0]";
        Assert.Equal(Expand(Axes, "order: {seed: 5}").Select(Text), Expand(Axes, "order: {seed: 5}").Select(Text));
        Assert.NotEqual(Expand(Axes, "order: {seed: 5}").Select(Text), Expand(Axes, "order: {seed: 6}").Select(Text));
        Assert.Equal("64 f16", Text(Expand(Axes, "order: {by: as-given}")[0]));
    }

    [Fact]
    public void Expand_Values_ReachThePlan()
    {
        var cell = Expand("  models: [small]\n  contexts: ['512,1k']\n  kv_types: [q8_0]\n  caps: [50%]\n  swaps: [off]\n  threads: [2]")
            .Single();

        Assert.Equal(("embedded:small", "q8_0", 2, 4L << 30, 0L), (cell.Plan.Target, cell.Plan.Options.KvType, cell.Plan.Options.Threads,
            cell.Plan.Cap!.Bytes, cell.Plan.Cap.SwapBytes));
        Assert.Equal([512, 1024], cell.Plan.Contexts.Select(context => context.Value));
    }

    [Fact]
    public void Expand_Systems_AreThoseOfACompare()
    {
        var cells = Expand("  contexts: [1k]\n  caps: [700MiB]\n  systems: [standard-no-swap, managed]",
            "order: {by: as-given}\nsweep: {tier: /mnt/t}");

        Assert.Equal([0L, 0L], cells.Select(cell => cell.Plan.Cap!.SwapBytes!.Value));
        Assert.Equal([null, "/mnt/t"], cells.Select(cell => cell.Plan.Options.Tier?.Folder));
        Assert.Equal(["standard-no-swap", "managed"], cells.Select(cell => cell.Plan.System));
    }

    [Theory]
    [InlineData("ollama://h:11434", "m", "ollama://h:11434/m")]
    [InlineData("openai://h:8000/", "m/n", "openai://h:8000/m/n")]
    [InlineData("embedded", "nano", "embedded:nano")]
    [InlineData("llama-server://h:8080", null, "llama-server://h:8080")]
    public void Combine_ServerAndModel_IsATarget(string target, string? model, string combined) =>
        Assert.Equal(combined, CellTarget.Combine(target, model));

    [Theory]
    [InlineData("  contexts: [512]\n  kv_types: [f16, f8]", "x.yaml:4: axes.kv_types: KV type: ")]
    [InlineData("  models: [nano, /no/such.gguf]\n  contexts: [512]", "x.yaml:3: axes.models: target: ")]
    [InlineData("  targets: [embedded:nano]\n  models: [nano]\n  contexts: [512]",
        "x.yaml:4: axes.models: 'embedded:nano' names its model already")]
    [InlineData("  targets: ['ollama://h']\n  contexts: [512]\n  caps: [1G]", "x.yaml:3: axes.targets: ")]
    [InlineData("  contexts: [1k, 1024]", "x.yaml: the cells (contexts: 1k) and (contexts: 1024) are the same plan; exclude one of them")]
    [InlineData("  contexts: [512]\n  kv_types: [q8_0]\n  systems: [standard, kv-q8_0]", "x.yaml: the cells (")]
    public void Expand_AWrongCombination_NamesItsLine(string axes, string message) =>
        Assert.StartsWith(message, Assert.Throws<FormatException>(() => Expand(axes)).Message);

    [Fact]
    public void Expand_TooMany_IsRefusedBeforeTheyAreMade()
    {
        var many = string.Join(", ", Enumerable.Range(1, 1000));
        var error = Assert.Throws<FormatException>(() => Expand($"  contexts: [{many}]\n  threads: [{many}]\n  models: [nano]",
            "repetitions: 1000"));
        Assert.Contains("more than 10000 combinations", error.Message);
    }

    [Fact]
    public void Create_WhatDoesNotFit_IsLeftOutAndSaid()
    {
        var definition = ExperimentFile.Parse("name: x\naxes:\n  models: [nano]\n  contexts: [512, 1M]\n  kv_types: [f16]", "x.yaml");
        var small = s_machine with { MemoryAvailableBytes = 200L << 20 };
        var forecast = new CellForecast();

        var plan = ExperimentPlanner.Create(definition, small, cell => CellFit.FindProblem(cell, definition.Settings, small, forecast));

        Assert.Equal("nano 512 f16", Text(plan.Cells.Single()));
        Assert.InRange(plan.Cells[0].ForecastBytes!.Value, 10L << 20, 200L << 20);
        Assert.StartsWith("1048576 tokens are forecast to take", plan.LeftOut.Single().Reason);
    }

    [Fact]
    public void FindProblem_NodesAndGpus_AreCompared()
    {
        var definition = ExperimentFile.Parse("name: x\naxes: {contexts: 512}\nrequires: {memory: 8GiB, gpus: 2}", "x.yaml");
        var cell = CellExpander.Expand(definition, s_machine).Single();

        Assert.Contains("it needs 8.00 GiB of memory, and the largest node has 4.00 GiB", CellFit.FindProblem(cell, definition.Settings,
            4L << 30));
        Assert.Null(CellFit.FindProblem(cell, definition.Settings, 8L << 30));
        Assert.Null(CellFit.FindProblem(cell, definition.Settings, largestNodeBytes: null));
        Assert.Contains("it requires 2 GPUs, and this machine has 0", CellFit.FindProblem(cell, definition.Settings, s_machine,
            new CellForecast()));
    }

    [Fact]
    public void RequireSame_AChangedFile_IsRefused()
    {
        const string Text = "name: x\naxes: {contexts: [512, 1k]}";
        var begun = ExperimentPlanner.Create(ExperimentFile.Parse(Text, "x.yaml"), s_machine, _ => null);

        ExperimentPlanner.RequireSame(ExperimentFile.Parse(Text + "\n# a comment", "x.yaml"), begun, s_machine);
        foreach (var changed in new[] { "name: x\naxes: {contexts: [512, 2k]}", Text + "\nsweep: {output_tokens: 8}",
            Text + "\nrepetitions: 2",
            Text + "\nlimits: {cell: 1h}" })
            Assert.Contains("has changed since the experiment 'x' was begun",
                Assert.Throws<FormatException>(() => ExperimentPlanner.RequireSame(ExperimentFile.Parse(changed, "x.yaml"), begun,
                    s_machine)).Message);
    }
}
