using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Walls for people: what was found, what was seen at every context, the evidence, and all walls side by side.</summary>
internal static class WallReportWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<(Run Run, WallAnalysis Finding)> walls)
    {
        foreach (var (run, finding) in walls)
        {
            console.WriteLine();
            console.WriteLine(
                $"run {run.Manifest.RunId}, {run.Manifest.Target.Kind} {run.Manifest.Target.Model}{FormatKvType(run)}, {FormatCap(run.Manifest.Plan.Cap)}");
            console.WriteLine(finding.Describe());
            WriteRegimes(console, run, finding);
            WriteEvidence(console, run, finding);
        }
        if (walls.Any(wall => wall.Finding.BeyondTokens is not null))
            WriteSummary(console, walls);
    }

    private static void WriteSummary(IAnsiConsole console, IReadOnlyList<(Run Run, WallAnalysis Finding)> walls)
    {
        var table = CreateTable("cap", "swap", "forecast", "in memory to", "beyond from", "error", "ms a token inside", "beyond",
            "times slower", "at worst", "beyond it");
        foreach (var (run, wall) in walls)
        {
            table.AddRow(ToTexts(
                run.Manifest.Plan.Cap is { } cap ? new ByteSize(cap.Bytes).ToString() : "none",
                FormatSwap(run.Manifest.Plan.Cap),
                wall.PredictedTokens == 0 ? "none fits" : NumberFormat.Tokens(wall.PredictedTokens),
                NumberFormat.Tokens(wall.InsideTokens),
                NumberFormat.Tokens(wall.BeyondTokens),
                wall.Error is { } error ? error.ToString("+0.0%;-0.0%;between", CultureInfo.InvariantCulture) : NumberFormat.Absent,
                FormatMilliseconds(wall.InsideTps, false),
                FormatMilliseconds(wall.BeyondTps, wall.BeyondIsBound),
                wall.CollapseFactor is { } factor
                    ? string.Create(CultureInfo.InvariantCulture, $"{(wall.BeyondIsBound ? "≥ " : "")}{factor:0.0}")
                    : NumberFormat.Absent,
                wall is { Slowest: { } slowest, WorstFactor: { } worst }
                    ? string.Create(CultureInfo.InvariantCulture,
                        $"{(wall.SlowestIsBound ? "≥ " : "")}{worst:0.0} at {slowest.ContextTokens:#,0}")
                    : NumberFormat.Absent,
                FormatBeyond(wall)));
        }
        console.Write(table);
    }

    // Columns that this target leaves empty are left out: a server that is not ours tells at most what lies on its accelerator.
    private static void WriteRegimes(IAnsiConsole console, Run run, WallAnalysis finding)
    {
        var seesStorage = finding.Regimes.Any(regime => regime.StorageBytesPerToken is not null);
        var hasAccelerator = run.Trials.Any(trial => trial.AcceleratorBytes > 0);
        var hasTiers = finding.Tiers.Count > 0;
        var table = CreateTable(
        [
            "context", "generation t/s", "ms a token",
            .. seesStorage ? new[] { "from storage a token" } : [],
            .. hasAccelerator ? new[] { "accelerator" } : [],
            .. hasTiers ? new[] { "weights RAM", "weights file", "KV RAM", "KV swap" } : [],
            "regime",
        ]);
        var trials = TrialTelemetry.FlagInterference(run);
        foreach (var regime in finding.Regimes.OrderBy(regime => regime.ContextTokens).ThenBy(regime => regime.Trial))
        {
            var view = TrialView.Create(trials.First(trial => trial.Number == regime.Trial));
            var tiers = finding.Tiers.FirstOrDefault(placement => placement.Trial == regime.Trial);
            table.AddRow(ToTexts(
            [
                NumberFormat.Tokens(regime.ContextTokens) + (view.Trial.Flags.HasFlag(TrialFlags.SyntheticDepth) ? " (sampled)" : ""),
                CellFormat.GenerationRate(view),
                FormatMilliseconds((view.GenerationRate ?? view.MaxGenerationRate)?.PerSecond, view.GenerationRate is null),
                .. seesStorage ? new[] { FormatBytes(regime.StorageBytesPerToken) } : [],
                .. hasAccelerator ? new[] { FormatBytes(view.Trial.AcceleratorBytes) } : [],
                .. hasTiers
                    ? new[] { FormatBytes(tiers?.MemoryWeightBytes), FormatBytes(tiers?.StorageWeightBytes),
                        FormatBytes(tiers?.MemoryKvBytes), FormatBytes(tiers?.StorageKvBytes) }
                    : [],
                FormatRegime(regime.Regime) + (view.Trial.Flags.HasFlag(TrialFlags.Interference) ? " (disturbed)" : ""),
            ]));
        }
        console.Write(table);
    }

    private static void WriteEvidence(IAnsiConsole console, Run run, WallAnalysis finding)
    {
        var phases = RunAnalysis.Analyze(run).Phases.Where(phase => phase.Phase == Phase.Generation).ToLookup(phase => phase.Trial);
        foreach (var regime in finding.Regimes.Where(regime => regime.Regime != MemoryRegime.InMemory)
            .OrderBy(regime => regime.ContextTokens).DistinctBy(regime => (regime.Regime, regime.ContextTokens)))
        {
            console.WriteLine(
                $"{NumberFormat.Tokens(regime.ContextTokens)} tokens (trial {regime.Trial}), {FormatRegime(regime.Regime)}: {regime.Evidence}");
            // Bytes are told above; what is added is how much of the time went into waiting for them.
            var shares = phases[regime.Trial].SelectMany(phase => phase.Verdicts).Where(verdict => verdict.Limit == PhaseLimit.Faults)
                .SelectMany(verdict => verdict.Evidence).Where(evidence => evidence.Unit.Length == 0).ToList();
            if (shares.Count > 0)
                console.WriteLine(
                    $"    {string.Join("; ", shares.Select(share => string.Create(CultureInfo.InvariantCulture, $"{share.Name} {share.Value:0%}")))}");
        }
    }

    private static Table CreateTable(params string[] headers)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var header in headers)
            table.AddColumn(header is "regime" or "beyond it" ? new TableColumn(header) : new TableColumn(header).RightAligned());
        return table;
    }

    private static IEnumerable<Text> ToTexts(params string[] cells) => cells.Select(cell => new Text(cell));

    // What another server keeps its cache in is its own affair.
    private static string FormatKvType(Run run) =>
        run.Manifest.Target.Kind == "embedded" ? $", KV {run.Manifest.Plan.Options.KvType ?? "f16"}" : "";

    private static string FormatCap(CapPlan? cap) => cap is null ? "no cap" : $"cap {new ByteSize(cap.Bytes)}, swap {FormatSwap(cap)}";

    private static string FormatSwap(CapPlan? cap) =>
        cap switch
        {
            null => NumberFormat.Absent, { SwapBytes: null } => "allowed", { SwapBytes: 0 } => "off",
            { SwapBytes: { } bytes } => new ByteSize(bytes).ToString()
        };

    private static string FormatMilliseconds(double? perSecond, bool isBound) =>
        perSecond is { } rate
            ? string.Create(CultureInfo.InvariantCulture, $"{(isBound ? "≥ " : "")}{1000 / rate:#,0.0}")
            : NumberFormat.Absent;

    private static string FormatBytes(double? bytes) => bytes is { } value ? new ByteSize((long)value).ToString() : NumberFormat.Absent;

    private static string FormatBeyond(WallAnalysis wall)
    {
        if (wall.Beyond is not { } beyond)
            return "no wall met";
        var death = wall.Regimes.Where(regime => regime.Regime == MemoryRegime.OutOfMemory && regime.Regime != beyond.Regime)
            .MinBy(regime => regime.ContextTokens);
        return death is null
            ? FormatRegime(beyond.Regime)
            : $"{FormatRegime(beyond.Regime)}, out of memory at {NumberFormat.Tokens(death.ContextTokens)}";
    }

    /// <summary>A regime for people.</summary>
    public static string FormatRegime(MemoryRegime regime) => regime switch
    {
        MemoryRegime.InMemory => "in memory",
        MemoryRegime.OutOfMemory => "out of memory",
        _ => regime.ToString().ToLowerInvariant(),
    };
}
