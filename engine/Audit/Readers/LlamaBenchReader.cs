using System.Globalization;
using System.Text.Json;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// llama-bench with <c>-o json</c>, <c>jsonl</c>, <c>csv</c>, <c>sql</c> or <c>md</c> (llama.cpp, <c>tools/llama-bench</c>), alone or among
/// the text of a terminal. Only the JSON forms keep the repetitions. A test without a rate, and a program that died, are failed records.
/// </summary>
internal sealed class LlamaBenchReader : IResultReader
{
    /// <summary>The field for the rate.</summary>
    public const string Rate = "avg_ts";

    /// <summary>The field for the invocation, which this reader adds.</summary>
    public const string Invocation = "invocation";

    /// <summary>The field for what a failed test says, which this reader adds.</summary>
    public const string Error = "error";

    private const double NanosecondsPerSecond = 1e9;

    // Settings that identify a test, with the build and the machine; the other fields are times and results.
    private static readonly string[] s_settings =
    [
        "model_filename", "model_type", "model_size", "n_prompt", "n_gen", "n_depth", "n_batch", "n_ubatch", "n_threads", "type_k",
        "type_v", "n_gpu_layers", "n_cpu_moe", "split_mode", "main_gpu", "no_kv_offload", "flash_attn", "devices", "tensor_split",
        "tensor_buft_overrides", "use_mmap", "load_mode", "lazy_mode", "embeddings", "no_op_offload", "no_host", "cpu_mask", "cpu_strict",
        "poll", "repack", "prio", "fit_target", "fit_min_ctx", "build_commit", "build_number", "cpu_info", "gpu_info", "backends",
        "columns",
    ];

    public AuditedFile? Read(ResultText text)
    {
        List<(IReadOnlyDictionary<string, string> Fields, IReadOnlyList<double> Samples)> rows = [.. ReadJson(text)];
        if (rows.Count == 0)
            rows = [.. LlamaBenchTable.Read(text.Rest).Where(row => row.ContainsKey(Rate))
                .Select(row => ((IReadOnlyDictionary<string, string>)row, (IReadOnlyList<double>)[]))];
        var died = rows.Count > 0 || IsOutput(text) ? FindFailures(text.Rest).ToList() : [];
        if (rows.Count == 0 && died.Count == 0)
            return null;
        List<AuditRecord> records = [.. SeparateInvocations(rows.Select(row => CreateRecord(row.Fields, row.Samples))), .. died];
        return new AuditedFile
        {
            Name = text.Name,
            Tool = "llama-bench",
            Records = [.. records.Select((record, place) => record with { Number = place + 1 })],
        };
    }

    private static IEnumerable<(IReadOnlyDictionary<string, string>, IReadOnlyList<double>)> ReadJson(ResultText text)
    {
        var invocation = 0;
        foreach (var document in text.Documents)
        {
            if (document.ValueKind == JsonValueKind.Array)
            {
                invocation++;
                foreach (var item in document.EnumerateArray().Where(IsRow))
                    yield return ReadRow(item, invocation);
            }
            else if (IsRow(document))
            {
                yield return ReadRow(document, invocation: 0);
            }
        }
    }

    private static bool IsRow(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(Rate, out _) && item.Has("n_prompt") && item.Has("n_gen");

    private static (IReadOnlyDictionary<string, string> Fields, IReadOnlyList<double> Samples) ReadRow(JsonElement item, int invocation)
    {
        var fields = item.EnumerateObject().GroupBy(property => property.Name)
            .ToDictionary(same => same.Key, same => same.Last().Value.ToString());
        fields[Invocation] = invocation.ToString(CultureInfo.InvariantCulture);
        return (fields, item.Numbers("samples_ts"));
    }

    // The results of several invocations are appended to one file without a mark, except for tables and arrays (above 0): a test that
    // comes again is of another one.
    private static IEnumerable<AuditRecord> SeparateInvocations(IEnumerable<AuditRecord> records)
    {
        var (number, previous) = (0, 0);
        var seen = new HashSet<string?>();
        foreach (var record in records)
        {
            if (number == 0 || record.Invocation != previous || record.Invocation <= 0 && seen.Contains(record.Test))
            {
                number++;
                seen.Clear();
            }
            previous = record.Invocation;
            seen.Add(record.Test);
            yield return record with { Invocation = number };
        }
    }

    // The command, the header of a table or the begin of an array, without any row.
    private static bool IsOutput(ResultText text) =>
        text.Rest.Contains("llama-bench", StringComparison.OrdinalIgnoreCase)
        || text.Rest.Contains("ggml", StringComparison.Ordinal) && text.Rest.Split('\n').Any(line => line.Trim() == "[")
        || text.Rest.Split('\n').Any(LlamaBenchMarkdown.IsHeader);

    private static IEnumerable<AuditRecord> FindFailures(string text) =>
        FailureLines.FindAll(text.Split('\n'), LlamaBenchMarkdown.IsHeader).Select(line => new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Repeated,
            Succeeded = false,
            Error = line,
        });

    private static AuditRecord CreateRecord(IReadOnlyDictionary<string, string> fields, IReadOnlyList<double> samples)
    {
        double? Field(string name) => JsonValues.Parse(fields.GetValueOrDefault(name));
        var (prompt, output, rate, seconds) = (Field("n_prompt") ?? 0, Field("n_gen") ?? 0, Field(Rate),
            Field("avg_ns") / NanosecondsPerSecond);
        return new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Repeated,
            Model = fields.GetValueOrDefault("model_type"),
            Test = TestName(prompt, output, Field("n_depth")) + SettingsHash(fields),
            Invocation = (int)(Field(Invocation) ?? 0),
            PromptTokens = prompt > 0 ? prompt : null,
            OutputTokens = output > 0 ? output : null,
            DepthTokens = Field("n_depth"),
            DurationSeconds = seconds,
            PrefillSeconds = prompt > 0 && output == 0 ? seconds : null,
            GenerationSeconds = output > 0 && prompt == 0 ? seconds : null,
            PrefillTps = prompt > 0 && output == 0 ? rate : null,
            GenerationTps = output > 0 && prompt == 0 ? rate : null,
            TotalTps = prompt > 0 && output > 0 ? rate : null,
            SpreadTps = Field("stddev_ts"),
            Samples = samples,
            Succeeded = rate is null ? false : null,
            Error = rate is not null ? null
                : fields.GetValueOrDefault(Error) is { Length: > 0 } error ? error : "the test ended without a rate",
            Concurrency = 1,
            WeightBytes = Field("model_size"),
            StartedSeconds = DateTimeOffset.TryParse(fields.GetValueOrDefault("test_time"), CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var at) ? at.ToUnixTimeSeconds() : null,
        };
    }

    private static string TestName(double prompt, double output, double? depth)
    {
        var phases = new[] { prompt > 0 ? FormattableString.Invariant($"pp{prompt:0}") : null,
            output > 0 ? FormattableString.Invariant($"tg{output:0}") : null }.OfType<string>();
        return string.Join('+', phases) + (depth > 0 ? FormattableString.Invariant($" @ d{depth:0}") : "");
    }

    // A short hash of the other settings, so that tests with different settings have different names.
    private static string SettingsHash(IReadOnlyDictionary<string, string> fields)
    {
        var all = string.Join('|', s_settings.Select(setting => fields.GetValueOrDefault(setting)));
        var hash = all.Aggregate(2166136261u, (sum, c) => (sum ^ c) * 16777619u);
        return FormattableString.Invariant($" #{hash & 0xFFFF:x4}");
    }
}
