using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting.Json;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps;

namespace MemoryWall.Cli.Views;

/// <summary>A sweep's result as one JSON object, whether it succeeded or not.</summary>
internal static class SweepJson
{
    public static JsonObject ToJson(SweepResult result, RunReport? report)
    {
        var json = new JsonObject
        {
            ["run_id"] = result.RunId,
            ["directory"] = result.Directory,
            ["ending"] = EnumNames.Name(result.Ending),
            ["problem"] = result.Problem,
            ["findings"] = JsonSerializer.SerializeToNode(result.Findings, FactsJson.SingleLine),
        };
        AddTrials(json, report);
        return json;
    }

    /// <summary>Writes a stored run in the same form.</summary>
    public static void Write(TextWriter writer, RunReport report)
    {
        var json = new JsonObject
        {
            ["run_id"] = report.Manifest.RunId,
            ["manifest"] = JsonSerializer.SerializeToNode(report.Manifest, FactsJson.SingleLine),
            ["reading"] = JsonSerializer.SerializeToNode(report.Run.ReadWarnings, FactsJson.SingleLine),
        };
        AddTrials(json, report);
        writer.WriteLine(json.ToJsonString(FactsJson.Indented));
    }

    private static void AddTrials(JsonObject json, RunReport? report)
    {
        json["trials"] = ReportJson.ToJson(report?.Trials ?? []);
        json["contexts"] = ReportJson.ToJson(report?.Contexts ?? []);
        json["crossovers"] = ReportJson.ToJson(report?.Crossovers ?? []);
        json["fits"] = ReportJson.ToJson(report?.Fits ?? []);
        json["goodput"] = ReportJson.ToJson(report?.Goodput ?? []);
        json["agreements"] = ReportJson.ToJson(report?.Agreements ?? []);
        json["resumes"] = ReportJson.ToJson(report?.ResumeGains ?? []);
        json["together"] = ReportJson.ToJson(report?.ConcurrencySummaries ?? []);
        json["forecast_errors"] = ReportJson.ToJson(report?.ForecastErrors ?? []);
        json["phases"] = ReportJson.ToJson(report?.Phases ?? []);
        json["verdicts"] = ReportJson.ToJson(report is null ? [] : report.Verdicts);
    }
}
