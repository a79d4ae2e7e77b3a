using MemoryWall.Core;
using MemoryWall.Core.Primitives;
using MemoryWall.Lake;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;

namespace MemoryWall.Notebooks.Tests;

/// <summary>Machines from bundles, runs and lakes: the same answer from each, and names that are data.</summary>
public sealed class MeasuredMachinesTests : IDisposable
{
    /// <summary>The bundles that come with the project, with prices.</summary>
    internal const string Bundles = "bundles/*.zip";

    internal const string Prices = "1=100@12W; 2=160@20W; 3=130; 4=@20W";

    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-machines-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Machines_ShippedBundles_AreDifferentSettingsOfOneMachineAndSaySo()
    {
        var machines = Runs.Machines(Bundles);

        Assert.InRange(machines.Names.Count, 3, int.MaxValue);
        Assert.Equal(machines.RunCount, machines.Samples);
        Assert.Contains(machines.Findings, sentence => sentence.StartsWith("All of these have the same hardware",
            StringComparison.Ordinal));
        Assert.Equal([512, 1024, 2048, 4096], machines.Report.Contexts);
        Assert.All(Runs.OpenAll(Bundles), run => Assert.Empty(run.ReadWarnings));
        Assert.Contains("Sample data", Figure.Machines(machines).Svg, StringComparison.Ordinal);
        Assert.Contains("Sample data", Figure.MachineCosts(machines).Svg, StringComparison.Ordinal);
    }

    [LongFact]
    public async Task Machines_ALake_AnswersAsItsRuns()
    {
        var lake = Path.Combine(_folder, "lake");
        foreach (var bundle in Directory.GetFiles(Path.Combine(NotebookFolders.Data, "bundles"), "*.zip"))
        {
            var unpacked = Directory.GetDirectories(UnpackedArchives.Open(bundle)).Single();
            await LakeWriter.AddAsync(lake, unpacked, TestContext.Current.CancellationToken);
        }
        var (ofLake, ofRuns) = (Runs.Machines(lake, "1=100"), Runs.Machines(Bundles, "1=100"));

        // The bundles are in the order of their names, the runs of a lake in that of time.
        Assert.Equal(ofRuns.Names.Order(StringComparer.Ordinal), ofLake.Names.Order(StringComparer.Ordinal));
        Assert.Equal(Rates(ofRuns), Rates(ofLake));
        Assert.Equal(0, ofLake.Samples);
        Assert.Contains(ofLake.Findings, sentence => sentence.StartsWith("Energy per token: these trials have none. A lake",
            StringComparison.Ordinal));
        // A run that is named twice counts once.
        Assert.Equal(ofRuns.RunCount, Runs.Machines($"{lake},{Bundles}").RunCount);
    }

    [Fact]
    public void Machines_HostileNames_AreText()
    {
        var names = new[] { Sample.Hostile, "=cmd|' /C calc'!A0 [b](javascript:1)" }.Select((label, i) => Pack(i, Sample.Run(
            [.. Enumerable.Range(1, 6).Select(number => Sample.Trial(number, 4096, 4, 1 + i, repetition: number))],
            id: $"20260131-142530-0000000{i}", model: Sample.Hostile, shape: Sample.Shape) is var run
                ? run with { Manifest = run.Manifest with { Label = label, Machine = run.Manifest.Machine with { CpuModel = $"{i}" } } }
                : run)).ToList();

        var machines = Runs.Machines(string.Join(',', names), "1=5");

        foreach (var html in new[] { machines.Html, Figure.Machines(machines).Html, machines.Forecast("<b>&=16GB@10GB/s").Html })
        {
            Assert.DoesNotContain("<script>alert", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<b>", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(html, letter => letter != '\n' && SafeText.IsUnsafe(letter));
        }
        Assert.Contains("&lt;script&gt;", machines.Html, StringComparison.Ordinal);
    }

    [LongFact]
    public void Machines_WhatCannotBeRead_IsNamed()
    {
        void Fails(string problem, Action make) =>
            Assert.Contains(problem, Assert.Throws<FormatException>(make).Message, StringComparison.Ordinal);

        Fails("prices: 'phone' is no machine", () => Runs.Machines(Bundles, "phone=5"));
        Fails("context: 3k was not measured; there are 512, 1k, 2k, 4k", () => Runs.Machines(Bundles, context: "3k"));
        Fails("context: 'much' is not a number of tokens", () => Runs.Machines(Bundles, context: "much"));
        Fails("model: no run is of a model with 'llama' in its name; there are small", () => Runs.Machines(Bundles, model: "llama"));
        Fails("prices: 'phone' is no machine; there are 1 (a)", () => Runs.Machines(Bundles).Forecast("a=16GB", prices: "phone=5"));
        Fails("machines:", () => Runs.Machines(Bundles).Forecast("a=16apples"));
        Assert.Contains("no zip file whose name begins with 'nothing'",
            Assert.Throws<StoreException>(() => Runs.Machines("bundles/nothing*.zip")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forecast_MachinesThatWereNotMeasured_AreLabelledAndHaveNoMedian()
    {
        var text = Runs.Machines(Bundles).Forecast("desktop=64GB@80GB/s,unknown=64GB", prices: "desktop=900").ToString();

        Assert.StartsWith("Forecast, not measured: an upper bound", text, StringComparison.Ordinal);
        Assert.Contains("desktop at 4k, not measured: ≤ ", text, StringComparison.Ordinal);
        Assert.Contains("no bound where the RAM's bandwidth is not known", text, StringComparison.Ordinal);
    }

    /// <summary>Native code does not run in the process of a notebook: the SQL engine is not beside this library.</summary>
    [Fact]
    public void Library_HasNoSqlEngineBesideIt() =>
        Assert.Empty(Directory.GetFiles(AppContext.BaseDirectory, "*uckdb*", SearchOption.AllDirectories));

    private string Pack(int number, Run run)
    {
        var store = new MemoryWall.Runs.RunStore(Path.Combine(_folder, "runs"));
        using (var writer = store.Create(run.Manifest))
        {
            foreach (var trial in run.Trials)
                writer.AppendTrial(trial, []);
        }
        var path = Path.Combine(_folder, $"machine-{number}.zip");
        using var file = File.Create(path);
        RunArchive.Write(file, [(run.Manifest.RunId, Path.Combine(store.Root, run.Manifest.RunId))]);
        return path;
    }

    private static IEnumerable<string> Rates(MeasuredMachines machines) => machines.Report.Machines.Zip(machines.Names)
        .SelectMany(machine => machine.First.Contexts.Select(context => $"{machine.Second} {context.ContextTokens} {context.Completed} of "
            + $"{context.Trials.Count}: {string.Join(' ', context.Values.Where(value => value.Key
                is Analysis.Machines.MachineQuantity.GenerationTps or Analysis.Machines.MachineQuantity.TtftSeconds)
                .Select(value => value.Value.Estimate))} {machine.First.Wall}"))
        .Order(StringComparer.Ordinal);
}
