using System.Text.Json;
using System.Text.RegularExpressions;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// llama-benchy's Markdown, CSV and JSON (eugr/llama-benchy), whose rows look like those of llama-bench and mean something else: it is a
/// client of a server, and unless the server's cache holds the context, <c>pp @ d</c> is the mean rate over context and prompt together.
/// </summary>
internal sealed class LlamaBenchyReader : IResultReader
{
    private static readonly Regex s_test = new(@"^(ctx_)?(pp|tg)(\d+)?(?: @ d(\d+))?(?: \(c(\d+)\))?$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // The number of a row's table, which this reader adds.
    private const string Table = "table";

    private static readonly Regex s_number = new(@"\d+(?:\.\d+)?", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // Columns of Markdown, with those of CSV.
    private static readonly Dictionary<string, string> s_columns = new()
    {
        ["test_name"] = "test",
        ["t_s"] = "t/s",
        ["t/s (total)"] = "t/s",
        ["t_s_req"] = "t/s (req)",
        ["e2e_ttft"] = "e2e_ttft (ms)",
        ["est_ppt"] = "est_ppt (ms)",
        ["ttfr"] = "ttfr (ms)",
    };

    public AuditedFile? Read(ResultText text)
    {
        List<AuditRecord> records = [.. text.Documents.SelectMany(ReadReport)];
        if (records.Count == 0)
        {
            List<Dictionary<string, (double? Mean, double? Spread, string Text)>> rows =
                [.. ReadMarkdown(text.Rest), .. ReadCsv(text.Rest)];
            // With the server's cache in use, each table has rows for the context alone.
            records = [.. rows.GroupBy(row => row[Table].Mean).SelectMany(table =>
            {
                var isCached = table.Any(row => row.GetValueOrDefault("test").Text?.StartsWith("ctx_", StringComparison.Ordinal) == true);
                return table.Select(row => CreateRecord(row, isCached)).OfType<AuditRecord>();
            })];
        }
        return records.Count == 0
            ? null
            : new AuditedFile
            {
                Name = text.Name,
                Tool = "llama-benchy",
                Records = [.. records.Select((record, place) => record with { Number = place + 1 })],
            };
    }

    private static IEnumerable<AuditRecord> ReadReport(JsonElement report)
    {
        var runs = report.List("benchmarks").Where(run => run.Has("is_context_prefill_phase") && run.Has("prompt_size")).ToList();
        var isCached = report.At("prefix_caching_enabled") is { ValueKind: JsonValueKind.True };
        // A request that failed leaves no value: the others have more.
        var repetitions = runs.Select(CountRepetitions).DefaultIfEmpty().Max();
        foreach (var run in runs)
        {
            var isContext = run.At("is_context_prefill_phase") is { ValueKind: JsonValueKind.True };
            var (context, prompt) = (run.Number("context_size") ?? 0, run.Number("prompt_size"));
            var concurrency = run.Number("concurrency") ?? 1;
            var failed = repetitions - CountRepetitions(run) is > 0 and var missing ? missing * concurrency : 0;
            var record = new AuditRecord
            {
                Number = 0,
                Kind = RecordKind.Repeated,
                Model = report.Text("model"),
                CacheOnPurpose = isCached,
                Concurrency = concurrency,
                Requests = repetitions * concurrency,
                Failed = failed,
            };
            yield return record with
            {
                Test = TestName(isContext, "pp", prompt, context, concurrency),
                PromptTokensAsked = isContext ? context : isCached ? prompt : prompt + context,
                DepthTokens = isCached && !isContext ? context : null,
                TtftSeconds = run.Number("e2e_ttft", "mean") / 1000,
                PrefillSeconds = run.Number("est_ppt", "mean") / 1000,
                PrefillTps = run.Number("pp_req_throughput", "mean"),
                // Requests at the same time wait for each other: they differ by design.
                SpreadTps = concurrency > 1 ? null : run.Number("pp_req_throughput", "std"),
                Samples = concurrency > 1 ? [] : run.Numbers("pp_req_throughput", "values"),
            };
            if (run.Has("tg_req_throughput"))
                yield return record with
                {
                    Test = TestName(isContext, "tg", run.Number("response_size"), context, concurrency),
                    OutputTokensAsked = run.Number("response_size"),
                    DepthTokens = isContext ? context : context + prompt,
                    GenerationTps = run.Number("tg_req_throughput", "mean"),
                    SpreadTps = concurrency > 1 ? null : run.Number("tg_req_throughput", "std"),
                    Samples = concurrency > 1 ? [] : run.Numbers("tg_req_throughput", "values"),
                };
        }
    }

    private static double CountRepetitions(JsonElement run) =>
        run.List("e2e_ttft", "values").Count / (run.Number("concurrency") is > 1 and var concurrency ? concurrency : 1);

    private static string TestName(bool isContext, string phase, double? tokens, double context, double concurrency) =>
        (isContext ? $"ctx_{phase}" : FormattableString.Invariant($"{phase}{tokens:0}"))
        + (context > 0 ? FormattableString.Invariant($" @ d{context:0}") : "")
        + (concurrency > 1 ? FormattableString.Invariant($" (c{concurrency:0})") : "");

    private static IEnumerable<Dictionary<string, (double?, double?, string)>> ReadMarkdown(string text)
    {
        List<string>? names = null;
        var table = 0;
        foreach (var line in text.Split('\n'))
        {
            if (MarkdownTable.SplitCells(line) is not { } cells)
                continue;
            if (cells.Contains("test") && cells.Exists(cell => cell.StartsWith("ttfr", StringComparison.Ordinal)))
            {
                names = [.. cells.Select(cell => s_columns.GetValueOrDefault(cell, cell))];
                table++;
            }
            else if (names?.Count == cells.Count && !MarkdownTable.IsRule(cells))
            {
                var row = names.Zip(cells).DistinctBy(cell => cell.First).ToDictionary(cell => cell.First, cell => SplitCell(cell.Second));
                row[Table] = (table, null, "");
                yield return row;
            }
        }
    }

    private static IEnumerable<Dictionary<string, (double?, double?, string)>> ReadCsv(string text)
    {
        foreach (var (table, row) in CsvText.ReadTables(text, "model").Where(table => table.Row.ContainsKey("test_name")))
        {
            var values = row.Keys.Select(name => name.Replace("_mean", "", StringComparison.Ordinal))
                .Where(name => !name.EndsWith("_std", StringComparison.Ordinal))
                .DistinctBy(name => s_columns.GetValueOrDefault(name, name))
                .ToDictionary(name => s_columns.GetValueOrDefault(name, name), name => (
                    JsonValues.Parse(row.GetValueOrDefault(name + "_mean")), JsonValues.Parse(row.GetValueOrDefault(name + "_std")),
                    row.GetValueOrDefault(name, "")));
            values[Table] = (table, null, "");
            yield return values;
        }
    }

    private static (double? Mean, double? Spread, string Text) SplitCell(string cell)
    {
        var numbers = s_number.Matches(cell).Select(match => JsonValues.Parse(match.Value)).ToList();
        return (numbers.FirstOrDefault(), numbers.ElementAtOrDefault(1), cell);
    }

    private static AuditRecord? CreateRecord(Dictionary<string, (double? Mean, double? Spread, string Text)> row, bool isCached)
    {
        var test = s_test.Match(row.GetValueOrDefault("test").Text ?? "");
        var rate = row.TryGetValue("t/s (req)", out var single) && single.Mean is not null ? single : row.GetValueOrDefault("t/s");
        if (!test.Success || rate.Mean is null)
            return null;
        double? Seconds(string name) => row.GetValueOrDefault(name).Mean / 1000;
        var (isContext, isPrefill) = (test.Groups[1].Success, test.Groups[2].Value == "pp");
        var (tokens, context) = (JsonValues.Parse(test.Groups[3].Value), JsonValues.Parse(test.Groups[4].Value) ?? 0);
        return new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Repeated,
            Model = row.GetValueOrDefault("model").Text,
            Test = test.Value,
            Invocation = (int)(row[Table].Mean ?? 0),
            CacheOnPurpose = isCached,
            Concurrency = JsonValues.Parse(test.Groups[5].Value) ?? 1,
            PromptTokensAsked = !isPrefill ? null : isContext ? context : isCached ? tokens : tokens + context,
            OutputTokensAsked = isPrefill ? null : tokens,
            DepthTokens = !isPrefill || isCached && !isContext ? context : null,
            TtftSeconds = isPrefill ? Seconds("e2e_ttft (ms)") : null,
            PrefillSeconds = isPrefill ? Seconds("est_ppt (ms)") : null,
            PrefillTps = isPrefill ? rate.Mean : null,
            GenerationTps = isPrefill ? null : rate.Mean,
            SpreadTps = rate.Spread is > 0 && !test.Groups[5].Success ? rate.Spread : null,
        };
    }
}
