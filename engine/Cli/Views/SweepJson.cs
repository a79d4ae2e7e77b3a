using MemoryWall.Analysis.Reports;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis;
using MemoryWall.Core;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting;
using MemoryWall.Reporting.Verdicts;
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
        json["trials"] = JsonSerializer.SerializeToNode(analysis?.Trials ?? [], FactsJson.SingleLine);
        json["contexts"] = JsonSerializer.SerializeToNode(analysis?.Contexts ?? [], FactsJson.SingleLine);
        json["crossovers"] = SentenceJson.ToJson(analysis?.Crossovers ?? [], CrossoverSentence.Format);
        json["fits"] = JsonSerializer.SerializeToNode(analysis?.Fits ?? [], FactsJson.SingleLine);
        json["goodput"] = SentenceJson.ToJson(analysis?.Goodput ?? [], GoodputSentence.Format);
        json["agreements"] = JsonSerializer.SerializeToNode(analysis?.Agreements ?? [], FactsJson.SingleLine);
        json["resumes"] = JsonSerializer.SerializeToNode(analysis?.ResumeGains ?? [], FactsJson.SingleLine);
        json["together"] = JsonSerializer.SerializeToNode(analysis?.ConcurrencySummaries ?? [], FactsJson.SingleLine);
        json["phases"] = JsonSerializer.SerializeToNode(analysis?.Phases ?? [], FactsJson.SingleLine);
        json["verdicts"] = JsonSerializer.SerializeToNode(analysis is null ? [] : RunVerdicts.Evaluate(analysis), FactsJson.SingleLine);
    }
}
