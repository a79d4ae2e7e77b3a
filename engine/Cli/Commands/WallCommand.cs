using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Reporting.Json;
using MemoryWall.Runs.Json;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall wall</c>: finds the memory wall, once for each cap.</summary>
internal sealed class WallCommand : AsyncCommand<WallOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, WallOptions options, CancellationToken cancellationToken)
    {
        var settings = options.ToSettings();
        if (options.DryRun)
            return PlanDryRun.Check(options.ToCaps().Select(cap => options.ToPlan() with { Cap = cap }), settings);
        var measured = await SweepRunner.RunForEachCapAsync(options.ToPlan(), options, settings, cancellationToken)
            .ConfigureAwait(false);
        var walls = measured.Select(entry => entry.Run).OfType<Run>().Select(run => RunReport.Create(run)).ToList();
        if (options.Json)
            Console.Out.WriteLine(ToJson(measured, walls).ToJsonString(FactsJson.Indented));
        else
            WallReportWriter.Write(Terminal.Out, walls);
        return MeasuredRun.GetExitCode(measured, isAnswered: walls.All(run => run.Wall.BeyondTokens is not null));
    }

    private static JsonObject ToJson(IReadOnlyList<MeasuredRun> measured, IReadOnlyList<RunReport> walls) => new()
    {
        ["findings"] = MeasuredRun.FindingsToJson(measured),
        ["walls"] = new JsonArray([.. walls.Select(wall => (JsonNode)new JsonObject
        {
            ["run_id"] = wall.Manifest.RunId,
            ["cap"] = JsonSerializer.SerializeToNode(wall.Manifest.Plan.Cap, FactsJson.SingleLine),
            ["wall"] = ReportJson.ToJson(wall.Wall),
            ["verdict"] = ReportJson.ToJson(wall.WallVerdict),
        })]),
    };
}
