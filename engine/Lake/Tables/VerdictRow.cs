using System.Globalization;
using System.Text.Json;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Json;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Lake.Tables.VerdictRow>;

namespace MemoryWall.Lake.Tables;

/// <summary>A conclusion from a run as the table <c>verdicts</c> has it.</summary>
/// <param name="Number">Its place, from 1.</param>
/// <param name="Verdict">The conclusion.</param>
internal sealed record VerdictRow(int Number, Verdict Verdict)
{
    private const string WholeRun = "It is about the run as a whole, or the run has only one level.";

    /// <summary>The columns that follow the run's id.</summary>
    public static IReadOnlyList<Core.Tables.Column<VerdictRow>> Columns { get; } =
    [
        Column.Integer("number", "", "The verdict's place in the report of its run, from 1.", Column.Never, row => row.Number),
        Column.Word("topic", "What it is about, for example `crossover` or `wall`.", Column.Never,
            row => EnumNames.Name(row.Verdict.Topic)),
        Column.Word("kind", "Its kind, for example `rate_change`.", Column.Never, row => VerdictConverter.FormatKind(row.Verdict)),
        Column.Text("sentence", "The conclusion in English.", Column.Never, row => VerdictPhrases.Format(row.Verdict)),
        Column.Words("trials", "The numbers of the trials that it rests on.",
            row => [.. row.Verdict.Trials.Select(number => number.ToString(CultureInfo.InvariantCulture))]),
        Column.Word("method", "How the contexts of its level were reached.", WholeRun,
            row => row.Verdict.Level is { } level ? EnumNames.Name(level.Method) : null),
        Column.Integer("concurrency", "streams", "Concurrent streams of its level.", WholeRun, row => row.Verdict.Level?.Concurrency),
        Column.Integer("output_tokens_asked", "tokens", "Output tokens of its level.", WholeRun,
            row => row.Verdict.Level?.OutputTokensAsked),
        Column.Words("level_flags", "What kind of trials its level has on purpose.", row => row.Verdict.Level?.Label.Names() ?? []),
        Column.Text("values_json", "The values that the sentence is made from, as JSON.", Column.Never,
            row => JsonSerializer.Serialize(row.Verdict, row.Verdict.GetType(), FactsJson.SingleLine)),
    ];

    /// <summary>The rows of a run: its verdicts in reading order, that about the wall last.</summary>
    public static IReadOnlyList<VerdictRow> Create(RunReport report) =>
        [.. report.Verdicts.Append(report.WallVerdict).Select((verdict, i) => new VerdictRow(i + 1, verdict))];
}
