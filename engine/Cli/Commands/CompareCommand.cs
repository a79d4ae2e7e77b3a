using System.Text.Json.Nodes;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Json;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall compare</c>: runs systems in turn over the same contexts at the same cap, or one after the other, or compares what
/// was measured before.</summary>
internal sealed class CompareCommand : AsyncCommand<CompareOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, CompareOptions options, CancellationToken cancellationToken)
    {
        options.CheckMode();
        var settings = options.ToSettings();
        var store = options.From.Length > 0 ? RunsFolderOption.OpenStore(options.Runs) : new RunStore(settings.RunsDirectory);
        if (options.From.Length > 0)
        {
            Write(options, new Compared(null, [], RunSources.Read(store, options.From.SelectMany(RunSources.Split))));
            return ExitCodes.Success;
        }
        if (options is { DryRun: true, Continue: not null })
            throw new FormatException("--dry-run: a comparison that goes on was checked when it began; omit it");
        if (options.DryRun)
            return PlanDryRun.Check(options.ToSystemPlans().Select(system => system.Plan), settings);
        var compared = options.Continue is { } begun
            ? await ContinueAsync(options, settings, Begun.Read(store, begun), cancellationToken).ConfigureAwait(false)
            : await BeginAsync(options, settings, cancellationToken).ConfigureAwait(false);
        var report = Write(options, compared);
        return MeasuredRun.GetExitCode(compared.Measured,
            isAnswered: report.Systems.Any(system => system.Cells.All(cell => cell.IsUsable)));
    }

    private static async Task<Compared> BeginAsync(CompareOptions options, SweepSettings settings, CancellationToken cancellation)
    {
        var plans = options.ToSystemPlans();
        var comparison = SystemsSweeper.NewComparison(options.ToSharedPlan());
        var (measured, _) = await SystemsRunner.RunAsync(plans, options.WithSwapFile, settings with { Comparison = comparison },
            cancellation).ConfigureAwait(false);
        return new Compared(comparison, measured, []);
    }

    private static async Task<Compared> ContinueAsync(CompareOptions options, SweepSettings settings, Begun begun,
        CancellationToken cancellation)
    {
        var before = begun.Runs;
        var comparisons = before.Select(run => run.Manifest.Comparison).DistinctBy(plan => plan?.Id).ToList();
        if (comparisons is not [{ } comparison])
            throw new FormatException($"--continue: '{options.Continue}' is not one comparison; memwall compare prints the id of each");
        var system = options.ToStagePlan(comparison.Shared);
        if (before.FirstOrDefault(run => run.Manifest.Plan.System == system.Name) is { } done)
            throw new FormatException($"--stage: this comparison has measured '{system.Name}' already, in run {done.Manifest.RunId}; "
                + "finish that with memwall sweep --resume, remove it with memwall runs rm, or name another system");
        if (!begun.IsOwn && !options.Trust && StoredPlanTrust.CheckPlan(system.Plan, $"the comparison {comparison.Id}") is { } untrusted)
        {
            Terminal.Error.WriteLine($"cannot run: {untrusted}");
            return new Compared(comparison, [new MeasuredRun(SweepResult.FromFailedPreflight([untrusted]), null)], before);
        }
        var (measured, _) = await SystemsRunner.RunAsync([system], options.WithSwapFile, settings with { Comparison = comparison },
            cancellation).ConfigureAwait(false);
        return new Compared(comparison, measured, before);
    }

    private static SystemsReport Write(CompareOptions options, Compared compared)
    {
        var report = SystemsReport.Create([.. compared.Runs.Select(run => RunReport.Create(run))]);
        if (options.Json)
        {
            Console.Out.WriteLine(ToJson(compared, report).ToJsonString(FactsJson.Indented));
            return report;
        }
        SystemsComparisonWriter.Write(Terminal.Out, report);
        // After an interruption too, so that nothing has to be measured again.
        if (options.Stage is not null && compared is { Comparison: { } comparison, Runs.Count: > 0 })
            Terminal.Out.WriteLine(SystemPhrases.FormatContinuation(comparison));
        return report;
    }

    private static JsonObject ToJson(Compared compared, SystemsReport report) => new()
    {
        ["comparison"] = compared.Comparison?.Id,
        ["findings"] = MeasuredRun.FindingsToJson(compared.Measured),
        ["systems"] = ReportJson.ToJson(report.Systems),
        ["gains"] = ReportJson.ToJson(report.Gains),
        ["differences"] = ReportJson.ToJson(report.Differences),
        ["sentences"] = ReportJson.ToJson(report.Verdicts.Select(VerdictPhrases.Format)),
        ["verdicts"] = ReportJson.ToJson(report.Verdicts),
    };

    /// <summary>What was measured of a comparison before.</summary>
    /// <param name="Runs">Its runs.</param>
    /// <param name="IsOwn">Whether this user began all of them.</param>
    private sealed record Begun(IReadOnlyList<Run> Runs, bool IsOwn)
    {
        public static Begun Read(RunStore store, string name)
        {
            using var named = RunSources.Open(store, [name]);
            return new Begun([.. named.Runs.Select(run => RunReader.Read(run.Folder, withMarks: true).Run)],
                named.Runs.All(run => RunSeal.IsOn(run.Folder)));
        }
    }

    /// <summary>What is compared.</summary>
    /// <param name="Comparison">The comparison; null for runs that are compared without one.</param>
    /// <param name="Measured">What was measured now.</param>
    /// <param name="Before">What was measured before.</param>
    private sealed record Compared(ComparisonPlan? Comparison, IReadOnlyList<MeasuredRun> Measured, IReadOnlyList<Run> Before)
    {
        public IReadOnlyList<Run> Runs { get; } = [.. Before, .. Measured.Select(entry => entry.Run).OfType<Run>()];
    }
}
