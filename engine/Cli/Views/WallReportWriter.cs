using MemoryWall.Analysis.Reports;
using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Memory walls as text: each finding with its trials and evidence, then all walls in one table.</summary>
internal static class WallReportWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<RunReport> walls)
    {
        foreach (var run in walls)
        {
            console.WriteLine();
            var target = run.Manifest.Target;
            console.WriteLine(
                $"run {run.Manifest.RunId}, {target.Kind} {target.Model}{FormatKvType(run)}, {FormatCap(run.Manifest.Plan.Cap)}");
            console.WriteLine(WallPhrases.Format(run.WallVerdict));
            WriteRegimes(console, run.Trials, run.Wall);
            WriteEvidence(console, run.Phases, run.Wall);
        }
        if (walls.Any(wall => wall.Wall.BeyondTokens is not null))
            WriteSummary(console, walls);
    }

    private static void WriteSummary(IAnsiConsole console, IReadOnlyList<RunReport> walls)
    {
        TerminalTable.Write(console, new TextTable(
            [new("cap"), new("swap"), new("forecast wall"), new("fits up to"), new("exceeds from"), new("forecast error")],
            [.. walls.Select(wall => FormatContexts(wall.Manifest.Plan.Cap, wall.WallVerdict))]), keyColumns: 2);
        TerminalTable.Write(console, new TextTable(
            [new("cap"), new("swap"), new("ms/token inside"), new("ms/token beyond"), new("times slower"), new("slowest"),
                new("beyond the wall", IsNumber: false)],
            [.. walls.Select(wall => FormatTimes(wall.Manifest.Plan.Cap, wall.WallVerdict))]), keyColumns: 2);
    }

    private static IReadOnlyList<string> FormatContexts(CapPlan? cap, WallVerdict wall) =>
    [
        FormatCapSize(cap), FormatSwap(cap),
        wall.Forecast is { Tokens: 0 } ? "none fits" : NumberFormat.Tokens(wall.Forecast?.Tokens),
        NumberFormat.Tokens(wall.InsideTokens),
        NumberFormat.Tokens(wall.BeyondTokens),
        wall.Forecast?.Error is { } error ? error.ToString("+0.0%;-0.0%;none", CultureInfo.InvariantCulture) : NumberFormat.Absent,
    ];

    private static IReadOnlyList<string> FormatTimes(CapPlan? cap, WallVerdict wall) =>
    [
        FormatCapSize(cap), FormatSwap(cap),
        FormatMilliseconds(wall.InsideTps, false),
        FormatMilliseconds(wall.Beyond?.Tps, wall.Beyond is { IsBound: true }),
        WallPhrases.FormatSlowdown(wall.Beyond),
        wall.Slowest is { } slowest
            ? $"{WallPhrases.FormatSlowdown(slowest)} at {NumberFormat.Tokens(slowest.ContextTokens)}"
            : NumberFormat.Absent,
        WallPhrases.FormatCell(wall),
    ];

    // Columns that are empty for this target are left out. An external server reports at most the bytes on its accelerator.
    private static void WriteRegimes(IAnsiConsole console, IReadOnlyList<TrialView> trials, WallReport finding)
    {
        var seesStorage = finding.Regimes.Any(regime => regime.StorageBytesPerToken is not null);
        var hasAccelerator = trials.Any(view => view.Trial.AcceleratorBytes > 0);
        var hasTiers = finding.Tiers.Count > 0;
        string[] headers =
        [
            "context", "generation t/s", "ms per token",
            .. seesStorage ? new[] { "storage read per token" } : [],
            .. hasAccelerator ? new[] { "accelerator" } : [],
            .. hasTiers ? new[] { "weights in RAM", "weights in file", "KV in RAM", "KV in swap" } : [],
        ];
        var rows = new List<IReadOnlyList<string>>();
        foreach (var regime in finding.Regimes.OrderBy(regime => regime.ContextTokens).ThenBy(regime => regime.Trial))
        {
            var view = trials.First(view => view.Trial.Number == regime.Trial);
            var tiers = finding.Tiers.FirstOrDefault(placement => placement.Trial == regime.Trial);
            rows.Add(
            [
                NumberFormat.Tokens(regime.ContextTokens),
                CellFormat.GenerationRate(view),
                FormatMilliseconds((view.GenerationRate ?? view.MaxGenerationRate)?.PerSecond, view.GenerationRate is null),
                .. seesStorage ? new[] { NumberFormat.Bytes(regime.StorageBytesPerToken) } : [],
                .. hasAccelerator ? new[] { NumberFormat.Bytes(view.Trial.AcceleratorBytes) } : [],
                .. hasTiers
                    ? new[] { NumberFormat.Bytes(tiers?.MemoryWeightBytes), NumberFormat.Bytes(tiers?.StorageWeightBytes),
                        NumberFormat.Bytes(tiers?.MemoryKvBytes), NumberFormat.Bytes(tiers?.StorageKvBytes) }
                    : [],
                RegimeFormat.Name(regime.Regime) + (view.Has<Interference>() ? " (interference)" : ""),
            ]);
        }
        TerminalTable.Write(console,
            new TextTable([.. headers.Select(header => new TextColumn(header)), new("regime", IsNumber: false)], rows));
        if (trials.Any(view => view.Trial.SkippedPromptTokens > 0))
            console.WriteLine("Depth is synthetic: the KV cache was filled without computing; generation is real.");
    }

    private static void WriteEvidence(IAnsiConsole console, IReadOnlyList<TrialPhase> measured, WallReport finding)
    {
        var phases = measured.Where(phase => phase.Phase == Phase.Generation).ToLookup(phase => phase.Trial);
        foreach (var regime in finding.Regimes.Where(regime => regime.Regime != MemoryRegime.InMemory)
            .OrderBy(regime => regime.ContextTokens).DistinctBy(regime => (regime.Regime, regime.ContextTokens)))
        {
            var name = $"{NumberFormat.Tokens(regime.ContextTokens)} tokens (trial {regime.Trial}), {RegimeFormat.Name(regime.Regime)}";
            console.WriteLine($"{name}: {RegimePhrases.FormatEvidence(regime)}");
            // The evidence contains the bytes; this line adds the share of time spent waiting for them.
            var shares = phases[regime.Trial].SelectMany(phase => phase.Verdicts).Where(verdict => verdict.Limit == PhaseLimit.Faults)
                .SelectMany(verdict => verdict.Evidence).Where(evidence => evidence.Unit == EvidenceUnit.Share).ToList();
            if (shares.Count > 0)
                console.WriteLine(
                    $"    {string.Join("; ", shares.Select(share => $"{PhasePhrases.Name(share)} {NumberFormat.Percent(share.Value)}"))}");
        }
    }

    // Another server chooses the type of its KV cache itself.
    private static string FormatKvType(RunReport run) =>
        run.Manifest.Target.Kind == TargetKind.Embedded ? $", KV {run.Manifest.Plan.Options.KvType ?? "f16"}" : "";

    private static string FormatCap(CapPlan? cap) =>
        cap is null ? "no cap" : $"cap {NumberFormat.Bytes(cap.Bytes)}, swap {FormatSwap(cap)}";

    private static string FormatCapSize(CapPlan? cap) => cap is null ? "none" : NumberFormat.Bytes(cap.Bytes);

    private static string FormatSwap(CapPlan? cap) =>
        cap switch
        {
            null => NumberFormat.Absent, { SwapBytes: null } => "allowed", { SwapBytes: 0 } => "off",
            { SwapBytes: { } bytes } => NumberFormat.Bytes(bytes)
        };

    private static string FormatMilliseconds(double? perSecond, bool isBound) =>
        perSecond is { } rate
            ? string.Create(CultureInfo.InvariantCulture, $"{(isBound ? "≥ " : "")}{1000 / rate:#,0.0}")
            : NumberFormat.Absent;
}
