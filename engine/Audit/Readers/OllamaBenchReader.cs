using System.Text.RegularExpressions;
using MemoryWall.Core.Units;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// Ollama's own benchmark (ollama, <c>cmd/bench</c>) in its forms <c>csv</c>, <c>benchstat</c> and <c>markdown</c>: one line a step, and
/// one record for the steps of one answer.
/// </summary>
internal sealed class OllamaBenchReader : IResultReader
{
    private const double NanosecondsPerSecond = 1e9;

    private static readonly Regex s_benchstat = new(
        @"^Benchmark\w*/name=(\S+?)(?:/step=(\w+))?\s+(\d+)\s+(\d+(?:\.\d+)?) ns/\w+(?:\s+(\d+(?:\.\d+)?) token/sec)?",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // One step: how many tokens it has, how long it took, and the rate that the tool gives.
    private readonly record struct Step(string Model, string Name, double? Count, double? Seconds, double? Tps);

    public AuditedFile? Read(ResultText text)
    {
        var records = Combine(ReadCsv(text.Rest)).Concat(Combine(ReadBenchstat(text.Rest))).Concat(Combine(ReadMarkdown(text.Rest)))
            .Select((record, place) => record with { Number = place + 1 }).ToList();
        return records.Count == 0 ? null : new AuditedFile { Name = text.Name, Tool = "ollama-bench", Records = records };
    }

    private static IEnumerable<Step> ReadCsv(string text)
    {
        foreach (var (_, row) in CsvText.ReadTables(text, "NAME").Where(table => table.Row.ContainsKey("NS_PER_COUNT")))
        {
            var (count, nanoseconds) = (JsonValues.Parse(row.GetValueOrDefault("COUNT")), JsonValues.Parse(row["NS_PER_COUNT"]));
            yield return new Step(row["NAME"], row.GetValueOrDefault("STEP", ""), count, count * nanoseconds / NanosecondsPerSecond,
                JsonValues.Parse(row.GetValueOrDefault("TOKEN_PER_SEC")));
        }
    }

    private static IEnumerable<Step> ReadBenchstat(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (s_benchstat.Match(line.Trim()) is not { Success: true } match)
                continue;
            double? Number(int group) => JsonValues.Parse(match.Groups[group].Value);
            // Newer versions write the number of runs in place of the tokens, always 1; the time of a token is then all that is known.
            var isPerToken = match.Groups[5].Success;
            var count = isPerToken && Number(3) == 1 ? null : Number(3);
            yield return new Step(match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value : "total", count,
                count * Number(4) / NanosecondsPerSecond, Number(5));
        }
    }

    private static IEnumerable<Step> ReadMarkdown(string text)
    {
        List<string>? names = null;
        foreach (var line in text.Split('\n'))
        {
            if (MarkdownTable.SplitCells(line) is not { } cells)
                continue;
            if (cells.Contains("Step") && cells.Contains("tokensPerSec"))
            {
                names = cells;
            }
            else if (names?.Count == cells.Count && !MarkdownTable.IsRule(cells))
            {
                string Cell(string name) => names.IndexOf(name) is >= 0 and var place ? cells[place] : "";
                yield return new Step(Cell("Model"), Cell("Step"), JsonValues.Parse(Cell("Count")),
                    DurationParser.TryParse(Cell("Duration"), out var time) ? time.TotalSeconds : null,
                    JsonValues.Parse(Cell("tokensPerSec")));
            }
        }
    }

    // The steps of one answer follow one another, prefill first.
    private static IEnumerable<AuditRecord> Combine(IEnumerable<Step> steps)
    {
        var answer = new Dictionary<string, Step>();
        foreach (var step in steps)
        {
            if (answer.ContainsKey(step.Name) || answer.Count > 0 && answer.Values.First().Model != step.Model)
            {
                yield return CreateRecord(answer);
                answer = [];
            }
            answer[step.Name] = step;
        }
        if (answer.Count > 0)
            yield return CreateRecord(answer);
    }

    private static AuditRecord CreateRecord(Dictionary<string, Step> answer)
    {
        Step? Find(string name) => answer.TryGetValue(name, out var step) ? step : null;
        var (prefill, generation) = (Find("prefill"), Find("generate"));
        return new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Request,
            Model = answer.Values.First().Model,
            PromptTokens = prefill?.Count,
            PrefillSeconds = prefill?.Seconds,
            // The tool writes 0 where nothing was counted.
            PrefillTps = prefill?.Tps is > 0 ? prefill?.Tps : null,
            OutputTokens = generation?.Count,
            GenerationSeconds = generation?.Seconds,
            GenerationTps = generation?.Tps is > 0 ? generation?.Tps : null,
            TtftSeconds = Find("ttft")?.Seconds,
            LoadSeconds = Find("load")?.Seconds,
            DurationSeconds = Find("total")?.Seconds,
            Succeeded = true,
            Concurrency = 1,
        };
    }
}
