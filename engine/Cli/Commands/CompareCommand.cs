using System.Text.Json.Nodes;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Reporting.Json;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall compare</c>: runs systems in turn over the same contexts, at the same cap.</summary>
internal sealed class CompareCommand : AsyncCommand<CompareOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, CompareOptions options, CancellationToken cancellationToken)
    {
        var (measured, comparison) = await SystemsRunner.RunAsync(options.ToSystemPlans(), options.WithSwapFile, options.ToSettings(),
            cancellationToken).ConfigureAwait(false);
        if (options.Json)
            Console.Out.WriteLine(ToJson(measured, comparison).ToJsonString(FactsJson.Indented));
        else
            SystemsComparisonWriter.Write(Terminal.Out, comparison);
        return MeasuredRun.GetExitCode(measured,
            isAnswered: comparison.Systems.Any(system => system.Cells.All(cell => cell.IsUsable)));
    }

    private static JsonObject ToJson(IReadOnlyList<MeasuredRun> measured, SystemsReport comparison) => new()
    {
        ["findings"] = MeasuredRun.FindingsToJson(measured),
        ["systems"] = ReportJson.ToJson(comparison.Systems),
        ["gains"] = ReportJson.ToJson(comparison.Gains),
        ["sentences"] = ReportJson.ToJson(comparison.Verdicts.Select(VerdictPhrases.Format)),
        ["verdicts"] = ReportJson.ToJson(comparison.Verdicts),
    };
}
