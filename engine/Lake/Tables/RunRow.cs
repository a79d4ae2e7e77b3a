using System.Text.Json;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using MemoryWall.Runs.Json;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Lake.Tables.RunRow>;

namespace MemoryWall.Lake.Tables;

/// <summary>A run as the table <c>runs</c> has it.</summary>
/// <param name="Report">What was read and derived.</param>
/// <param name="Revision">Which state of the run it is, from 1.</param>
/// <param name="Digest">The digest of its files.</param>
internal sealed record RunRow(RunReport Report, int Revision, string Digest)
{
    private const string NotSet = "The target's own default was used.";
    private const string Unknown = "It could not be read.";
    private const string NotReported = "The target does not report it.";

    private RunManifest Manifest => Report.Manifest;

    /// <summary>The columns that follow the run's id, but for its start.</summary>
    public static IReadOnlyList<Column<RunRow>> Columns { get; } =
    [
        Column.Text("label", "The run's name in the user's words.", "None was given.", r => r.Manifest.Label),
        Column.Text("system", "The system of a comparison, for example `standard`.", "The run belongs to none.",
            r => r.Manifest.Plan.System),
        Column.Text("comparison_id", "The comparison that the run belongs to.", "It belongs to none.", r => r.Manifest.Comparison?.Id),
        Column.Integer("trials", "", "Trials stored, warm-ups and failures included.", Column.Never, r => r.Report.Run.Trials.Count),
        Column.Integer("completed", "", "Measured trials that completed.", Column.Never,
            r => r.Report.Run.Trials.Count(trial => trial.Outcome.IsCompleted && !trial.Flags.HasFlag(TrialFlags.Warmup))),
        Column.Text("model", "The model's name at the target.", Column.Never, r => r.Manifest.Target.Model),
        Column.Text("model_name", "The model's name in its own header.", NotReported, r => r.Manifest.Target.Shape?.Name),
        Column.Text("architecture", "The model's architecture.", NotReported, r => r.Manifest.Target.Shape?.Architecture),
        Column.Integer("parameters", "", "The model's parameters.", NotReported, r => r.Manifest.Target.Shape?.ParameterCount),
        Column.Integer("weight_bytes", "bytes", "The model's weights.", NotReported, r => r.Manifest.Target.Shape?.WeightBytes),
        Column.Text("target_kind", "The protocol: `embedded`, `ollama`, `llama-server` or `openai`.", Column.Never,
            r => r.Manifest.Target.Kind),
        Column.Text("target_version", "The server's version.", NotReported, r => r.Manifest.Target.ServerVersion),
        Column.Text("engine_version", "The version of the engine that measured.", Column.Never, r => r.Manifest.EngineVersion),
        Column.Text("operating_system", "The operating system and its version.", Column.Never, r => r.Manifest.Machine.OperatingSystem),
        Column.Text("kernel", "The kernel's version.", Unknown, r => r.Manifest.Machine.Kernel),
        Column.Text("cpu_model", "The processor's name.", Unknown, r => r.Manifest.Machine.CpuModel),
        Column.Integer("cores_available", "", "Physical cores that the engine may use.", Unknown, r => r.Manifest.Machine.AvailableCores),
        Column.Integer("ram_bytes", "bytes", "RAM of the machine.", Unknown, r => r.Manifest.Machine.MemoryTotalBytes),
        Column.Integer("swap_bytes", "bytes", "Swap of the machine.", Unknown, r => r.Manifest.Machine.SwapTotalBytes),
        Column.Words("gpus", "The names of the accelerators.", r => [.. r.Manifest.Machine.Gpus.Select(gpu => gpu.Name)]),
        Column.Integer("gpu_memory_bytes", "bytes", "Memory of all accelerators together.", Unknown,
            r => SumOfKnown(r.Manifest.Machine.Gpus.Select(gpu => gpu.MemoryBytes))),
        Column.Integer("cap_bytes", "bytes", "The memory limit of the server.", "There was none.", r => r.Manifest.Plan.Cap?.Bytes),
        Column.Integer("cap_swap_bytes", "bytes", "The swap that the limit allows.", "There was no limit, or all swap was allowed.",
            r => r.Manifest.Plan.Cap?.SwapBytes),
        Column.Flag("has_tier", "Whether a storage tier was used.", Column.Never, r => r.Manifest.Plan.Options.Tier is not null),
        Column.Text("kv_type", "Element type of the KV cache.", NotSet, r => r.Manifest.Plan.Options.KvType),
        Column.Text("flash_attention", "Flash attention: `on`, `off` or `auto`.", NotSet, r => r.Manifest.Plan.Options.FlashAttention),
        Column.Integer("threads", "", "Threads for generation.", NotSet, r => r.Manifest.Plan.Options.Threads),
        Column.Integer("prefill_threads", "", "Threads for prefill.", NotSet, r => r.Manifest.Plan.Options.PrefillThreads),
        Column.Integer("batch_tokens", "tokens", "Prompt tokens in one batch.", NotSet, r => r.Manifest.Plan.Options.BatchTokens),
        Column.Integer("gpu_layers", "", "Layers on the accelerator.", NotSet, r => r.Manifest.Plan.Options.GpuLayers),
        Column.Word("method", "How contexts are reached, as in `trials.csv`.", Column.Never, r => EnumNames.Name(r.Manifest.Plan.Method)),
        Column.Integer("output_tokens", "tokens", "The requested length of each answer.", Column.Never, r => r.Manifest.Plan.OutputTokens),
        Column.Integer("repetitions", "", "Measured trials at each context.", Column.Never, r => r.Manifest.Plan.Repetitions),
        Column.Integer("read_warnings", "", "Problems that the reader found in the run's files.", Column.Never,
            r => r.Report.Run.ReadWarnings.Count),
        Column.Text("manifest_json", "The manifest as JSON, as `run.json`, without the columns of telemetry.", Column.Never,
            r => ManifestJson(r.Manifest)),
        Column.Integer(RunColumns.RevisionName, "", "Which state of the run it is: it grows when a resumed run is added again.",
            Column.Never, r => r.Revision),
        Column.Word(RunColumns.DigestName, "The first 16 digits of the SHA-256 of the run's files.", Column.Never, r => r.Digest),
    ];

    /// <summary>The manifest in a row; null where it is of a newer engine, whose settings cannot be compared.</summary>
    public static RunManifest? ParseManifest(string? json)
    {
        try
        {
            return json is null ? null : JsonSerializer.Deserialize<RunManifest>(json, FactsJson.SingleLine);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or FormatException)
        {
            return null;
        }
    }

    private static string ManifestJson(RunManifest manifest) =>
        JsonSerializer.Serialize(manifest with { Telemetry = null }, FactsJson.SingleLine);

    // Absent where one is unknown; a sum of some would be too small.
    private static long? SumOfKnown(IEnumerable<long?> sizes) => sizes.ToList() is [_, ..] all && all.All(size => size is not null)
        ? all.Sum()
        : null;
}
