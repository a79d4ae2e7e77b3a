using System.Globalization;
using System.Text.Json;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// llama-bench with <c>-o json</c>, <c>jsonl</c>, <c>csv</c>, <c>sql</c> or <c>md</c> (llama.cpp, <c>tools/llama-bench</c>). Only the JSON
/// forms keep the repetitions.
/// </summary>
internal sealed class LlamaBenchReader : IResultReader
{
    private const double NanosecondsPerSecond = 1e9;

    // Settings that identify a test; the other fields are times, results and the machine.
    private static readonly string[] s_settings =
    [
        "model_filename", "n_prompt", "n_gen", "n_depth", "n_batch", "n_ubatch", "n_threads", "type_k", "type_v", "n_gpu_layers",
        "n_cpu_moe", "split_mode", "main_gpu", "no_kv_offload", "flash_attn",
        "devices", "tensor_split", "tensor_buft_overrides", "use_mmap", "load_mode", "embeddings", "no_op_offload", "no_host", "cpu_mask",
        "cpu_strict", "poll", "repack", "build_commit", "columns",
    ];

    public AuditedFile? Read(ResultText text)
    {
        var rows = text.Items.Where(IsRow).Select(ReadRow).ToList();
        if (rows.Count == 0 && text.Documents.Count == 0)
            rows = [.. LlamaBenchTable.Read(text.Text).Where(row => row.ContainsKey("avg_ts"))
                .Select(row => ((IReadOnlyDictionary<string, string>)row, (IReadOnlyList<double>)[]))];
        return rows.Count == 0
            ? null
            : new AuditedFile
            {
                Name = text.Name,
                Tool = "llama-bench",
                Records = [.. rows.Select((row, place) => CreateRecord(row.Fields, row.Samples, place + 1))]
            };
    }

    private static bool IsRow(JsonElement item) => item.Has("avg_ts") && item.Has("n_prompt") && item.Has("n_gen");

    private static (IReadOnlyDictionary<string, string> Fields, IReadOnlyList<double> Samples) ReadRow(JsonElement item) =>
        (item.EnumerateObject().GroupBy(property => property.Name).ToDictionary(same => same.Key, same => same.Last().Value.ToString()),
            item.Numbers("samples_ts"));

    private static AuditRecord CreateRecord(IReadOnlyDictionary<string, string> fields, IReadOnlyList<double> samples, int number)
    {
        double? Field(string name) => JsonValues.Parse(fields.GetValueOrDefault(name));
        var (prompt, output, rate, seconds) = (Field("n_prompt") ?? 0, Field("n_gen") ?? 0, Field("avg_ts"),
            Field("avg_ns") / NanosecondsPerSecond);
        return new AuditRecord
        {
            Number = number,
            Kind = RecordKind.Repeated,
            Model = fields.GetValueOrDefault("model_type"),
            Test = TestName(prompt, output, Field("n_depth")) + SettingsHash(fields),
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
