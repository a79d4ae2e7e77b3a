using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>
/// Trials with their rates. The columns are the fields that a view has when it is written as JSON, so a new one appears here by itself; its
/// type follows from its values and, where it has none, from its name.
/// </summary>
internal static class TrialDataFrame
{
    private static readonly string[] s_fractionEndings = ["_seconds", "_tps", "_share", "_ratio"];
    private static readonly string[] s_textEndings = ["_source", "_reason", "_detail", "_kind", "outcome", "flags"];

    public static DataFrame Create(IReadOnlyList<Run> runs, bool withWarmups)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var rows = runs.SelectMany(
            run => Runs.Analysis(run).Trials.Where(view => withWarmups || !view.Trial.Flags.HasFlag(TrialFlags.Warmup))
                .Select(view => (Run: run.Manifest.RunId, Fields: ToFields(view)))).ToList();
        // Without a trial there are columns all the same.
        var names = (rows.Count > 0
            ? rows[0].Fields
            : ToFields(
                TrialView.Create(
                    new Trial { Number = 0, ContextTokens = 0, Repetition = 0, OutputTokensAsked = 0, Outcome = new Completed() }))).Select(
                        field => field.Key).ToList();
        var columns = new List<DataFrameColumn> { new StringDataFrameColumn("run_id", rows.Select(row => row.Run)) };
        columns.AddRange(names.Select(name => CreateColumn(name, [.. rows.Select(row => row.Fields[name])])));
        return new DataFrame(columns);
    }

    // What serves audits and not analysis would fill the screen: the nonce, and the outcome a second time.
    private static JsonObject ToFields(TrialView view)
    {
        var fields = JsonSerializer.SerializeToNode(view, FactsJson.SingleLine)!.AsObject();
        fields.Remove("nonce");
        fields.Remove("outcome_json");
        return fields;
    }

    private static DataFrameColumn CreateColumn(string name, IReadOnlyList<JsonNode?> values)
    {
        var kinds = values.OfType<JsonNode>().Select(value => value.GetValueKind()).Distinct().ToList();
        if (kinds.Contains(JsonValueKind.String) || kinds.Contains(JsonValueKind.Array) || kinds.Contains(JsonValueKind.Object)
            || kinds.Count == 0 && EndsWithAny(name, s_textEndings))
            return new StringDataFrameColumn(name, values.Select(FormatText)!);
        if (kinds.Contains(JsonValueKind.True) || kinds.Contains(JsonValueKind.False))
            return new PrimitiveDataFrameColumn<bool>(name, values.Select(value => (bool?)value));
        return EndsWithAny(name, s_fractionEndings)
            || values.OfType<JsonNode>().Any(value => value.ToJsonString().Contains('.', StringComparison.Ordinal))
            ? new PrimitiveDataFrameColumn<double>(name,
                values.Select(
                    value => value is null
                        ? null
                        : (double?)double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)))
            : new PrimitiveDataFrameColumn<long>(name,
                values.Select(
                    value => value is null
                        ? null
                        : (long?)long.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static string? FormatText(JsonNode? value) => value switch
    {
        null => null,
        JsonArray names => string.Join('|', names.Select(FormatText)),
        JsonValue text when text.TryGetValue<string>(out var words) => words,
        _ => value.ToJsonString(),
    };

    private static bool EndsWithAny(string name, string[] endings) =>
        endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal));
}
