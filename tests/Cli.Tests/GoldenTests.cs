using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Trends;
using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using Spectre.Console;

namespace MemoryWall.Cli.Tests;

/// <summary>What the commands write about the stored samples, on a console of 80 columns and as JSON.</summary>
public class GoldenTests
{
    private const int Columns = 80;
    private const int MaxJsonLine = 140;

    private static readonly string s_root = Checkout.Find()!;

    public static TheoryData<string> Samples => ["context-sweep", "kv-f16", "kv-q8_0", "wall-standard", "wall-no-swap", "wall-kv-q8_0",
        "wall-managed", "moe-standard", "moe-managed"];

    [Theory]
    [MemberData(nameof(Samples))]
    public void RunsShow_Sample_IsAsStored(string sample)
    {
        var run = Read(sample);
        GoldenFile.AssertEqual($"runs-show-{sample}", () => Render(console => RunReportWriter.Write(console, RunReport.Create(run))));
    }

    [Fact]
    public void RunsShow_Conversations_AreAsStored()
    {
        var run = Read("sessions-tier");
        GoldenFile.AssertEqual("runs-show-sessions", () => Render(console => RunReportWriter.Write(console, RunReport.Create(run))));
    }

    [Fact]
    public void RunsShow_WithALatencyLimit_IsAsStored()
    {
        var run = Read("context-sweep");
        GoldenFile.AssertEqual("runs-show-slo",
            () => Render(console => RunReportWriter.Write(console, RunReport.Create(run, Slo.Parse("ttft=2s,itl=100ms")))));
    }

    /// <summary>More runs than are shown, a change with an update at it, a name that is no text of a table, and runs that are left
    /// out.</summary>
    [Fact]
    public void LakeTrend_RunsWithAChange_AreAsStored()
    {
        var sample = Read("context-sweep").Manifest;
        var runs = Enumerable.Range(0, 44).Select(i => new TrendRun(sample with
        {
            RunId = string.Create(CultureInfo.InvariantCulture, $"20260101-000000-{i:x8}"),
            StartedUtc = new DateTimeOffset(2026, 1, 1, 6, 0, 0, TimeSpan.Zero).AddDays(i),
            EngineVersion = i < 20 ? "1.0" : "1.1[red]",
        }, (i < 20 ? 50 : 62) + 0.5 * (i * 7 % 5), 3)).ToList();
        GoldenFile.AssertEqual("lake-trend", () => Render(console =>
        {
            TrendWriter.Write(console, RunTrend.Compute(new TrendFigure(ComparedQuantity.GenerationTps, SweepMethod.Cold, 8192), runs),
                TrendPhrases.FormatLeftOut(otherSetups: 2, without: 1));
            console.WriteLine();
            TrendWriter.Write(console, RunTrend.Compute(new TrendFigure(ComparedQuantity.TtftSeconds, SweepMethod.Cold, 512),
                [.. runs.Take(3)]), leftOut: null);
        }));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void RunsShow_SampleAsJson_IsAsStored(string sample)
    {
        var run = Read(sample);
        GoldenFile.AssertEqual($"runs-show-json-{sample}", () =>
        {
            using var writer = new StringWriter(CultureInfo.InvariantCulture);
            SweepJson.Write(writer, RunReport.Create(run, Slo.Parse("ttft=2s,itl=100ms")));
            return FormatDerived(writer.ToString());
        });
    }

    [Fact]
    public void Wall_OfStoredRuns_IsAsStored()
    {
        var walls = ReadWalls().Select(run => RunReport.Create(run)).ToList();
        GoldenFile.AssertEqual("wall", () => Render(console => WallReportWriter.Write(console, walls)));
    }

    [Fact]
    public void Compare_StoredRuns_IsAsStored()
    {
        IReadOnlyList<RunReport> runs = [.. ReadWalls().Select(run => RunReport.Create(run))];
        GoldenFile.AssertEqual("compare", () => Render(console => SystemsComparisonWriter.Write(console, SystemsReport.Create(runs))));
    }

    [Fact]
    public void RunsCompare_TwoSamples_IsAsStored()
    {
        var (first, second) = (Read("kv-f16"), Read("kv-q8_0"));
        var comparison = Comparison.Compare(RunReport.Create(first), RunReport.Create(second), margin: 0.05);
        GoldenFile.AssertEqual("runs-compare", () => Render(
            console => RunComparisonWriter.Write(console, first.Manifest, second.Manifest, comparison)));
    }

    [Fact]
    public void Forecast_KnownModel_IsAsStored() => GoldenFile.AssertEqual("forecast", () => Render(console =>
    {
        Assert.True(KnownModels.TryGet("llama-3.1-8b", type: null, out var shape));
        var settings = ForecastSettings.FromOptions(new TargetOptions { KvType = "q8_0" });
        var table = MemoryForecast.ComputeTable(shape, settings, [2048, 16_384, 131_072, 262_144],
            new MemoryBudget(ByteSize.Parse("12GiB")));
        ForecastReportWriter.Write(console, table, shape.TrainedContextTokens);
    }));

    [Fact]
    public void ForecastOfMachines_KnownModels_IsAsStored() => GoldenFile.AssertEqual("forecast-machines", () => Render(console =>
    {
        var models = new[] { "llama-3.1-8b", "gemma-3-27b", "qwen3-30b-a3b" }.Select(name =>
            KnownModels.TryGet(name, type: null, out var shape) ? (shape, new ForecastSettings()) : throw new InvalidOperationException());
        MachineReportWriter.Write(console, MachineFits.Compute([.. models], [8192, 32_768, 131_072],
            MachineSpecParser.ParseList("16GB,64GB+24GB-gpu,2x24GB-gpu,laptop=36GB-unified@273GB/s"), MemoryReserve.Default,
            MemoryBandwidths.Parse("ram=60GB/s,gpu=1TB/s,storage=7GB/s")));
    }));

    [Theory]
    [InlineData("llama-bench.json")]
    [InlineData("guidellm.json")]
    public void Audit_ResultOfAnotherTool_IsAsStored(string name)
    {
        var text = File.ReadAllText(Path.Combine(s_root, "tests", "Engine.Tests", "Audit", "Recorded", name));
        var file = Auditor.AuditText(name, text, new AuditSettings { PromptTokens = 100_000, OutputTokens = 4000 });
        GoldenFile.AssertEqual($"audit-{Path.GetFileNameWithoutExtension(name)}",
            () => Render(console => AuditReportWriter.Write(console, file)));
    }

    /// <summary>Every table about trials or systems keeps its context, TTFT and outcome in 80 columns, and no line is longer.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void RunsShow_In80Columns_KeepsContextTtftAndOutcomeOfEveryTrial(string sample)
    {
        var report = RunReport.Create(Read(sample));
        var lines = Render(console => RunReportWriter.Write(console, report)).Split('\n');

        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, Columns));
        var header = Array.FindIndex(lines, line => line.Contains(" context ", StringComparison.Ordinal));
        // The last line of the header has words of all its columns; a line above it may have others.
        var end = Array.FindIndex(lines, header, line => line.StartsWith('─'));
        var words = string.Join(' ', lines[header..end]);
        Assert.Contains("outcome", words, StringComparison.Ordinal);
        var measured = report.Trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        if (measured.Any(view => view.Ttft is not null))
            Assert.Contains("TTFT", words, StringComparison.Ordinal);
        var rows = lines[(end + 1)..].TakeWhile(line => line.Length > 0).ToList();
        Assert.All(measured, view => Assert.Contains(rows, row =>
            row.Contains(NumberFormat.Tokens(view.Trial.ContextTokens), StringComparison.Ordinal)
            && (view.Ttft is null || row.Contains(NumberFormat.Duration(view.Ttft), StringComparison.Ordinal))
            && row.Contains(view.Trial.Outcome.Kind.Split('_')[0], StringComparison.Ordinal)));
    }

    [Fact]
    public void Compare_In80Columns_KeepsContextRateAndRegimeOfEverySystem()
    {
        var report = SystemsReport.Create([.. ReadWalls().Select(run => RunReport.Create(run))]);
        var drawn = Render(console => SystemsComparisonWriter.Write(console, report)).Split('\n');
        Assert.All(drawn, line => Assert.InRange(line.TrimEnd().Length, 0, Columns));
        // Columns are one or two blanks apart, as there is room.
        var lines = drawn.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)) + ' ').ToList();
        Assert.Contains(lines, line => line.Contains("context system", StringComparison.Ordinal)
            && line.Contains("generation", StringComparison.Ordinal) && line.Contains("regime", StringComparison.Ordinal));
        // No prompt of these runs was computed.
        Assert.DoesNotContain(lines, line => line.Contains("TTFT", StringComparison.Ordinal));
        Assert.All(report.Systems.SelectMany(system => system.Cells.Select(cell => (system.Name, cell))), entry =>
            Assert.Contains(lines, line =>
                line.Contains($"{NumberFormat.Tokens(entry.cell.ContextTokens)} {entry.Name} ", StringComparison.Ordinal)
                && line.Contains(RegimeFormat.Name(entry.cell.Regime).Split(' ')[0], StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(200)]
    public void RunsList_AnyWidth_ShowsSystemLabelModelCapContextsAndTheDateInWords(int width)
    {
        var manifest = Read("wall-managed").Manifest with { Label = "after the upgrade" };
        var runs = new[] { new RunSummary(manifest.RunId, manifest, Trials: 8, Completed: 8, Problem: null) };
        var text = Render(console => RunListWriter.Write(console, runs, manifest.StartedUtc.AddDays(3)), width);

        Assert.All(text.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, width));
        Assert.All(new[] { manifest.RunId, "managed", "after the upgrade", "small", "400 MiB", "4k, 8k, 12k, 16k", "3 days ago" },
            part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    private static IReadOnlyList<Run> ReadWalls() =>
        [Read("wall-standard"), Read("wall-no-swap"), Read("wall-kv-q8_0"), Read("wall-managed")];

    private static Run Read(string sample)
    {
        var store = new RunStore(Path.Combine(s_root, "data", "samples", sample));
        return store.Read(store.List().Single().Id);
    }

    private static string Render(Action<IAnsiConsole> write, int width = Columns)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Interactive = InteractionSupport.No,
            Ansi = AnsiSupport.No,
        });
        console.Profile.Width = width;
        write(console);
        return writer.ToString();
    }

    // What is derived: the manifest and the warnings of reading are facts, and of the trials one is enough.
    private static string FormatDerived(string json)
    {
        var derived = JsonNode.Parse(json)!.AsObject();
        derived.Remove("manifest");
        derived.Remove("reading");
        derived["trials"] = new JsonArray(derived["trials"]!.AsArray()[^1]!.DeepClone());
        var text = new StringBuilder();
        Append(text, derived, "");
        return text.ToString();
    }

    // What fits in one line is one line, so that a change is a short diff.
    private static void Append(StringBuilder text, JsonNode? node, string indent)
    {
        if (FormatLine(node) is var line && line.Length + indent.Length <= MaxJsonLine || node is JsonValue)
        {
            text.Append(line);
            return;
        }
        var inner = indent + "  ";
        var (open, close) = node is JsonArray ? ('[', ']') : ('{', '}');
        text.Append(open).Append('\n');
        var parts = node is JsonArray array
            ? array.Select(item => (Name: "", Value: item))
            : node!.AsObject().Select(member => (Name: $"\"{member.Key}\": ", member.Value));
        foreach (var (name, value) in parts)
        {
            text.Append(inner).Append(name);
            Append(text, value, inner);
            text.Append(",\n");
        }
        text.Append(indent).Append(close);
    }

    private static string FormatLine(JsonNode? node) => node switch
    {
        null => "null",
        JsonArray array => $"[{string.Join(", ", array.Select(FormatLine))}]",
        JsonObject members => $"{{ {string.Join(", ", members.Select(member => $"\"{member.Key}\": {FormatLine(member.Value)}"))} }}",
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number => FormatNumber(value.ToJsonString()),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String => $"\"{value.GetValue<string>()}\"",
        _ => node.ToJsonString(),
    };

    // The last digits of a double can differ between processors.
    private static string FormatNumber(string json) =>
        json.AsSpan().IndexOfAny('.', 'E', 'e') < 0
            ? json
            : double.Parse(json, CultureInfo.InvariantCulture).ToString("G9", CultureInfo.InvariantCulture);
}
