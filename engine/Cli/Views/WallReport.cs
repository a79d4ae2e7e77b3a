using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Walls;
using MemoryWall.Facts;
using MemoryWall.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Walls for people: one line each, then what was seen at every context.</summary>
internal static class WallReport
{
    public static void Write(IAnsiConsole console, IReadOnlyList<(Run Run, WallFinding Finding)> walls)
    {
        foreach (var (run, finding) in walls)
        {
            console.WriteLine();
            console.WriteLine($"run {run.Manifest.RunId}, {run.Manifest.Target.Kind} {run.Manifest.Target.Model}, KV {run.Manifest.Plan.Options.KvType ?? "f16"}, {Cap(run.Manifest.Plan.Cap)}");
            console.WriteLine(finding.Describe());
            Rows(console, run, finding);
            foreach (var regime in finding.Regimes.Where(regime => regime.Regime != MemoryRegime.InMemory).OrderBy(regime => regime.ContextTokens).DistinctBy(regime => (regime.Regime, regime.ContextTokens)))
                console.WriteLine($"{Cells.Tokens(regime.ContextTokens)} tokens (trial {regime.Trial}), {Name(regime.Regime)}: {regime.Evidence}");
        }
        if (walls.Count > 1)
            Summary(console, walls);
    }

    private static void Summary(IAnsiConsole console, IReadOnlyList<(Run Run, WallFinding Finding)> walls)
    {
        var table = Table("cap", "swap", "forecast", "in memory to", "beyond from", "error", "inside t/s", "beyond t/s", "beyond it");
        foreach (var (run, wall) in walls)
        {
            table.AddRow(Texts(
                run.Manifest.Plan.Cap is { } cap ? new ByteSize(cap.Bytes).ToString() : "none",
                Swap(run.Manifest.Plan.Cap),
                Tokens(wall.PredictedTokens),
                Tokens(wall.InsideTokens),
                Tokens(wall.BeyondTokens),
                wall.Error is { } error ? error.ToString("+0.0%;-0.0%;0%", CultureInfo.InvariantCulture) : Cells.Absent,
                Rate(wall.InsideTps, false),
                Rate(wall.BeyondTps, wall.BeyondIsBound),
                wall.Beyond is { } beyond ? Name(beyond.Regime) : "no wall met"));
        }
        console.Write(table);
    }

    private static void Rows(IAnsiConsole console, Run run, WallFinding finding)
    {
        var table = Table("context", "generation t/s", "ms a token", "from storage a token", "weights RAM", "KV RAM", "KV swapped", "regime");
        var trials = TrialTelemetry.Flag(run);
        foreach (var regime in finding.Regimes.OrderBy(regime => regime.ContextTokens).ThenBy(regime => regime.Trial))
        {
            var view = TrialView.Of(trials.First(trial => trial.Number == regime.Trial));
            var tiers = finding.Tiers.FirstOrDefault(placement => placement.Trial == regime.Trial);
            var rate = view.GenerationRate ?? view.GenerationBound;
            table.AddRow(Texts(
                Cells.Tokens(regime.ContextTokens) + (view.Trial.Flags.HasFlag(TrialFlags.Sampled) ? " (sampled)" : ""),
                Rate(rate?.PerSecond, view.GenerationRate is null),
                rate is { } known ? string.Create(CultureInfo.InvariantCulture, $"{(view.GenerationRate is null ? "≥ " : "")}{1000 / known.PerSecond:#,0.0}") : Cells.Absent,
                Size(regime.StorageBytesPerToken),
                Size(tiers?.MemoryWeightBytes),
                Size(tiers?.MemoryKvBytes),
                Size(tiers?.StorageKvBytes),
                Name(regime.Regime) + (view.Trial.Flags.HasFlag(TrialFlags.Disturbed) ? " (disturbed)" : "")));
        }
        console.Write(table);
    }

    private static Table Table(params string[] headers)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var header in headers)
            table.AddColumn(header is "regime" or "beyond it" ? new TableColumn(header) : new TableColumn(header).RightAligned());
        return table;
    }

    private static IEnumerable<Text> Texts(params string[] cells) => cells.Select(cell => new Text(cell));

    private static string Cap(CapPlan? cap) => cap is null ? "no cap" : $"cap {new ByteSize(cap.Bytes)}, swap {Swap(cap)}";

    private static string Swap(CapPlan? cap) => cap switch { null => Cells.Absent, { SwapBytes: null } => "allowed", { SwapBytes: 0 } => "off", { SwapBytes: { } bytes } => new ByteSize(bytes).ToString() };

    private static string Tokens(int? tokens) => tokens is { } value ? Cells.Tokens(value) : Cells.Absent;

    private static string Rate(double? perSecond, bool isBound) => perSecond is { } value ? (isBound ? "≤ " : "") + new TokenRate(value) : Cells.Absent;

    private static string Size(double? bytes) => bytes is { } value ? new ByteSize((long)value).ToString() : Cells.Absent;

    /// <summary>A regime for people.</summary>
    public static string Name(MemoryRegime regime) => regime switch
    {
        MemoryRegime.InMemory => "in memory",
        MemoryRegime.OutOfMemory => "out of memory",
        _ => regime.ToString().ToLowerInvariant(),
    };
}
