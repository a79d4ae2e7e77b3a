namespace MemoryWall.Experiments.Files;

/// <summary>The fields of an experiment's file, each declared once: the reader rejects all others, and <c>memwall experiment schema</c>
/// prints these.</summary>
internal static class ExperimentFields
{
    public const string Axes = "axes";
    public const string Exclude = "exclude";
    public const string Order = "order";
    public const string Sweep = "sweep";
    public const string Limits = "limits";
    public const string Requires = "requires";

    private const string OfTheTarget = "the target's own";

    /// <summary>All fields, in the order in which they are printed.</summary>
    public static IReadOnlyList<ExperimentField> All { get; } =
    [
        new("", "name", "Name of the experiment and of its folder: 1 to 40 letters, digits, '-' or '_'", "required", "kv-types"),
        new("", Axes, "The axes: every combination of their values is a cell, measured as a run of its own", "required", "see below"),
        new("", "repetitions", "Blocks: each has every cell once, so that each cell is measured this often, as runs of their own; 1 or "
            + "more", "1", "3"),
        new("", Exclude, "Combinations to leave out: a list of maps from axes to one value or a list of values", "none",
            "[{models: small, kv_types: q8_0}]"),
        new("", Order, "The order of the cells", "shuffled", "see below"),
        new("", Sweep, "What all cells have in common", "the defaults of memwall sweep", "see below"),
        new("", Limits, "Time limits", "those of memwall sweep", "see below"),
        new("", Requires, "What a machine must have for a cell", "the forecast memory", "see below"),
        new(Axes, CellAxes.Targets, "Servers, as memwall sweep --target takes them", "embedded", "[embedded, ollama://gpu1:11434]"),
        new(Axes, CellAxes.Models, "Models of a target that names none: presets, shapes or GGUF files of the embedded server, or a "
            + "server's own names", "the target's model", "[nano, small]"),
        new(Axes, CellAxes.Contexts, "Contexts of a cell, as memwall sweep --contexts takes them; one text of several contexts is one cell "
            + "with a curve", "required", "[\"2k,8k,32k\"]"),
        new(Axes, CellAxes.KvTypes, "Element types of the KV cache: f16, q8_0 or q4_0", OfTheTarget, "[f16, q8_0]"),
        new(Axes, CellAxes.Caps, "Memory limits of the embedded server: a size, a share of this machine's RAM, or none", "none",
            "[none, 700MiB]"),
        new(Axes, CellAxes.Swaps, "Swap of a capped server: allowed, off or a size", "allowed", "[allowed, off]"),
        new(Axes, CellAxes.Systems, "Systems, as memwall compare --system names them, except NAME=TARGET; managed systems need "
            + "sweep.tier", "none", "[standard, managed]"),
        new(Axes, CellAxes.Threads, "Threads, 1 or more", OfTheTarget, "[1, 2, 4]"),
        new(Order, "by", "shuffled: each block in an order of its own, so that drift does not look like an axis; as-given: the order of "
            + "the axes", "shuffled", "shuffled"),
        new(Order, "seed", "Seed of the order, stored with the experiment", "1", "7"),
        new(Sweep, "output_tokens", "Output tokens of each trial, 2 or more", "64", "16"),
        new(Sweep, "trials", "Trials at each context of a cell, 1 or more", "1", "5"),
        new(Sweep, "warmups", "Warm-up trials of a cell, or auto", "1", "auto"),
        new(Sweep, "method", "How contexts are reached; see memwall help methods", "cold", "incremental"),
        new(Sweep, "prefill", "computed or synthetic", "computed", "synthetic"),
        new(Sweep, "prompt_as", "text or ids", "text where it gives the same tokens", "ids"),
        new(Sweep, "document", "A text file from which prompts are made, by its full path", "words of the vocabulary",
            "/shared/document.txt"),
        new(Sweep, "seed", "Seed of the prompts and of the order of a cell's trials", "1", "3"),
        new(Sweep, "flash_attention", "on, off or auto", OfTheTarget, "on"),
        new(Sweep, "load_mode", "mmap, no_mmap or mlock", OfTheTarget, "no_mmap"),
        new(Sweep, "prefill_threads", "Threads for prefill, 1 or more", "those of the axis", "8"),
        new(Sweep, "batch", "Prompt tokens in a batch", OfTheTarget, "256"),
        new(Sweep, "gpu_layers", "Layers on the GPU, 0 or more", OfTheTarget, "99"),
        new(Sweep, "tier", "Folder of the storage tier, with a budget of memory where one follows; of managed systems, or of all cells "
            + "where axes.systems is absent", "no tier", "/mnt/nvme/tier,2G"),
        new(Sweep, "tier_storage", "Largest size of the tier on storage", "the free space", "20G"),
        new(Sweep, "tier_bandwidth", "Emulated bandwidth of the tier", "the device's own", "500MB/s"),
        new(Sweep, "tier_latency", "Emulated latency of the tier", "the device's own", "100us"),
        new(Sweep, "telemetry_hz", "Telemetry readings in a second, 0 (none) to 100", "10", "0"),
        new(Sweep, "telemetry_from", "Exporters of the targets' machine, as memwall sweep --telemetry-from takes them; their key is an "
            + "option of the command, --telemetry-key-file", "none", "http://gpu1:9100/metrics"),
        new(Limits, "load", "Time for loading the model", "15m", "5m"),
        new(Limits, "prefill", "Time to the first token", "60m", "20m"),
        new(Limits, "generation", "Time from the first token to the last", "30m", "5m"),
        new(Limits, "silence", "Time between two chunks of the answer", "5m", "2m"),
        new(Limits, "cell", "Time for a whole cell; what was measured until then stays as an unfinished run", "none", "2h"),
        new(Requires, "memory", "The least memory that a machine must have for a cell, where more than the forecast", "the forecast",
            "16GiB"),
        new(Requires, "gpus", "GPUs of a cell", "0", "1"),
    ];

    /// <summary>The fields of a section.</summary>
    public static IEnumerable<ExperimentField> Of(string section) => All.Where(field => field.Section == section);
}
