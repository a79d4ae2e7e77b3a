using MemoryWall.Analysis.Reports;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis;
using MemoryWall.Core;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting.Json;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps;

namespace MemoryWall.Cli.Views;

/// <summary>A sweep's result as one JSON object, whether it succeeded or not.</summary>
internal static class SweepJson
{
    public static JsonObject ToJson(SweepResult result, Run? run, Slo? slo = null)
    {
        var json = new JsonObject
        {
            ["run_id"] = result.RunId,
            ["directory"] = result.Directory,
            ["ending"] = EnumNames.Name(result.Ending),
            ["problem"] = result.Problem,
            ["findings"] = JsonSerializer.SerializeToNode(result.Findings, FactsJson.SingleLine),
        };
        AddTrials(json, run, slo);
        return json;
    }

    /// <summary>Writes a stored run in the same form.</summary>
    public static void Write(TextWriter writer, Run run, Slo? slo)
    {
        var json = new JsonObject
        {
            ["run_id"] = run.Manifest.RunId,
            ["manifest"] = JsonSerializer.SerializeToNode(run.Manifest, FactsJson.SingleLine),
            ["reading"] = JsonSerializer.SerializeToNode(run.ReadWarnings, FactsJson.SingleLine),
        };
        AddTrials(json, run, slo);
        writer.WriteLine(json.ToJsonString(FactsJson.Indented));
    }

    private static void AddTrials(JsonObject json, Run? run, Slo? slo)
    {
        var analysis = run is null ? null : RunReport.Create(run, slo);
        json["trials"] = ReportJson.ToJson(analysis?.Trials ?? []);
        json["contexts"] = ReportJson.ToJson(analysis?.Contexts ?? []);
        json["crossovers"] = ReportJson.ToJson(analysis?.Crossovers ?? []);
        json["fits"] = ReportJson.ToJson(analysis?.Fits ?? []);
        json["goodput"] = ReportJson.ToJson(analysis?.Goodput ?? []);
        json["agreements"] = ReportJson.ToJson(analysis?.Agreements ?? []);
        json["resumes"] = ReportJson.ToJson(analysis?.ResumeGains ?? []);
        json["together"] = ReportJson.ToJson(analysis?.ConcurrencySummaries ?? []);
        json["phases"] = ReportJson.ToJson(analysis?.Phases ?? []);
        json["verdicts"] = ReportJson.ToJson(analysis is null ? [] : analysis.Verdicts);
    }
}
