using System.Text.RegularExpressions;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// Logs of Ollama and of llama.cpp's programs: the times of each answer, prompts that were cut, and what they say of memory and failures.
/// </summary>
internal sealed class ServerLogReader : IResultReader
{
    private const double MillisecondsPerSecond = 1000;
    private const int MaxLineLength = 4000;

    // Lines that llama.cpp prints after each answer; in newer versions each names its task.
    private static readonly Regex s_time = new(
        @"(prompt eval|eval|total) time\s*=\s*(\d+(?:\.\d+)?) ms /\s*(\d+) (?:tokens|runs)"
            + @"(?:[^,\n]*,\s*(\d+(?:\.\d+)?) tokens per second)?",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_ollamaCut = new(@"msg=""truncating input prompt""(?: \w+=\S+)*",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_field = new(
        @"\b(limit|prompt|new)=(\d+)", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_serverCut = new(@"input truncated, n_ctx = (\d+).*n_prompt_tokens = (\d+)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_newPrompt = new(@"new prompt, n_ctx_slot = \d+.*(?:n_prompt_tokens|task\.n_tokens) = (\d+)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // How the first tokens of a prompt that the cache holds are kept, once at the begin of each prompt.
    private static readonly Regex s_kept = new(
        @"(?:kv cache rm \[(\d+), end\)|cached n_tokens = (\d+),|n_tokens = (\d+), memory_seq_rm)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public AuditedFile? Read(ResultText text)
    {
        var lines = text.Rest.Split('\n').Where(line => line.Length <= MaxLineLength).ToList();
        List<AuditRecord> records = [.. ReadCuts(text.Rest), .. ReadAnswers(lines)];
        var log = LogLines.Find(lines);
        var failed = records.Count == 0 && log.Count > 0
            ? FailureLines.FindAll(lines, _ => false).Select(line => new AuditRecord
            {
                Number = 0,
                Kind = RecordKind.Request,
                Succeeded = false,
                Error = line,
            }) : [];
        records.AddRange(failed);
        if (records.Count == 0 && log.Count == 0)
            return null;
        var isOllama = lines.Exists(line => line.Contains("level=", StringComparison.Ordinal)
            && line.Contains("msg=", StringComparison.Ordinal)
            || line.Contains("[GIN]", StringComparison.Ordinal));
        return new AuditedFile
        {
            Name = text.Name,
            Tool = isOllama ? "ollama" : "llama.cpp",
            Records = [.. records.Select((record, place) => record with { Number = place + 1 })],
            LogLines = log,
        };
    }

    /// <summary>The prompts that a server says it cut.</summary>
    public static IEnumerable<AuditRecord> ReadCuts(string text)
    {
        foreach (var line in text.Split('\n').Where(line => line.Length <= MaxLineLength))
        {
            if (s_ollamaCut.Match(line) is { Success: true } cut)
            {
                var fields = s_field.Matches(cut.Value).GroupBy(field => field.Groups[1].Value)
                    .ToDictionary(same => same.Key, same => JsonValues.Parse(same.Last().Groups[2].Value));
                yield return CreateCut(fields.GetValueOrDefault("prompt"),
                    fields.GetValueOrDefault("new") ?? fields.GetValueOrDefault("limit"));
            }
            else if (s_serverCut.Match(line) is { Success: true } truncated)
            {
                yield return CreateCut(asked: null, JsonValues.Parse(truncated.Groups[2].Value));
            }
        }
    }

    private static AuditRecord CreateCut(double? asked, double? left) => new()
    {
        Number = 0,
        Kind = RecordKind.Request,
        Test = "truncated prompt in the server's log",
        PromptTokensAsked = asked,
        PromptTokens = left,
        Truncated = true,
    };

    private static IEnumerable<AuditRecord> ReadAnswers(List<string> lines)
    {
        AuditRecord? answer = null;
        double? prompt = null, kept = null;
        foreach (var line in lines)
        {
            if (s_newPrompt.Match(line) is { Success: true } begun)
            {
                (prompt, kept) = (JsonValues.Parse(begun.Groups[1].Value), null);
            }
            else if (kept is null && s_kept.Match(line) is { Success: true } found)
            {
                kept = found.Groups.Cast<Group>().Skip(1).Where(group => group.Success)
                    .Select(group => JsonValues.Parse(group.Value)).First();
            }
            else if (s_time.Match(line) is { Success: true } time)
            {
                var (seconds, tokens) = (JsonValues.Parse(time.Groups[2].Value) / MillisecondsPerSecond,
                    JsonValues.Parse(time.Groups[3].Value));
                var rate = JsonValues.Parse(time.Groups[4].Value);
                if (time.Groups[1].Value == "prompt eval")
                {
                    if (answer is not null)
                        yield return answer;
                    // The count of this line leaves out what the cache held.
                    answer = new AuditRecord
                    {
                        Number = 0,
                        Kind = RecordKind.Request,
                        PromptTokens = prompt is not null && prompt == tokens + kept ? prompt : tokens,
                        CachedTokens = prompt is not null && prompt == tokens + kept ? kept : null,
                        PrefillSeconds = seconds,
                        PrefillTps = rate is > 0 ? rate : null,
                    };
                    (prompt, kept) = (null, null);
                }
                else if (answer is not null && time.Groups[1].Value == "eval")
                {
                    answer = answer with { OutputTokens = tokens, GenerationSeconds = seconds, GenerationTps = rate is > 0 ? rate : null };
                }
                else if (answer is not null)
                {
                    answer = answer with { DurationSeconds = seconds };
                }
            }
        }
        if (answer is not null)
            yield return answer;
    }
}
