using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Walls;
using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;

namespace MemoryWall.Reporting.Json;

/// <summary>Results of an analysis as JSON: the fields as <see cref="FactsJson"/> writes them, and beside them the sentence that users
/// read.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions s_options = Create();

    /// <summary>A result as JSON.</summary>
    public static JsonNode? ToJson<T>(T value) => JsonSerializer.SerializeToNode(value, s_options);

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(FactsJson.SingleLine);
        options.Converters.Add(new SentenceConverter<Crossover>("sentence", CrossoverPhrases.Format));
        options.Converters.Add(new SentenceConverter<Goodput>("sentence", GoodputPhrases.Format));
        options.Converters.Add(new SentenceConverter<ContextSummary>("completion", OutcomePhrases.FormatCompletion));
        options.Converters.Add(new SentenceConverter<ExcludedTrial>("why", trial => DoubtPhrases.Describe(trial.Reason)));
        options.Converters.Add(new SentenceConverter<TrialRegime>("evidence", RegimePhrases.FormatEvidence));
        options.Converters.Add(new SentenceConverter<ModelOnMachine>("sentence", MachinePhrases.Format));
        options.Converters.Add(new AuditFindingConverter());
        options.Converters.Add(new PhaseVerdictConverter());
        options.Converters.Add(new VerdictConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
