using System.Text;
using System.Text.RegularExpressions;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Files;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Exporters;

namespace MemoryWall.Experiments.Files;

/// <summary>Reads an experiment's file. A field has the rules of the option of the same meaning.</summary>
internal static partial class ExperimentFile
{
    private const int MaxBytes = 1 << 20;
    private const int MaxRepetitions = 1000;
    private const double MaxTelemetryHz = 100;

    // The tier of a check that creates nothing.
    private static readonly TierPlan s_anyTier = new() { Folder = Path.DirectorySeparatorChar.ToString() };

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It cannot be read, or something in it is wrong; the message names line and field.</exception>
    public static ExperimentDefinition Read(string file)
    {
        try
        {
            using var stream = RegularFile.OpenNamed(file);
            if (stream.Length > MaxBytes)
                throw new FormatException($"'{file}' is larger than 1 MiB, and so no experiment");
            using var reader = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return Parse(reader.ReadToEnd(), file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"'{file}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="FormatException">Something in it is wrong; the message names line and field.</exception>
    public static ExperimentDefinition Parse(string text, string file)
    {
        var root = new SectionReader(file, "", YamlTree.Parse(text, file));
        var axes = ReadAxes(root.Open(ExperimentFields.Axes));
        var (order, sweep) = (root.Open(ExperimentFields.Order), root.Open(ExperimentFields.Sweep));
        var tier = ReadTier(sweep);
        CheckTier(axes, tier, sweep);
        CheckExporters(sweep);
        return new ExperimentDefinition
        {
            File = file,
            Name = root.ReadObject("name", ParseName) ?? throw root.FailMissing("name"),
            Axes = axes,
            Exclusions = ReadExclusions(root, axes, file),
            Repetitions = root.ReadNumber("repetitions", min: 1) is not { } count ? 1 : count <= MaxRepetitions ? count
                : throw root.Fail("repetitions", root.Find("repetitions")!.Line, $"{count} is too many; write at most {MaxRepetitions}"),
            IsShuffled = order.ReadValue("by", ParseOrder) ?? true,
            Seed = order.ReadNumber("seed", min: 0) ?? 1,
            Shared = ReadShared(sweep, root.Open(ExperimentFields.Limits)),
            Tier = tier,
            Settings = ReadSettings(sweep, root.Open(ExperimentFields.Limits), root.Open(ExperimentFields.Requires)),
        };
    }

    private static IReadOnlyList<ExperimentAxis> ReadAxes(SectionReader axes)
    {
        var all = new List<ExperimentAxis>
        {
            new(CellAxes.Targets, axes.ReadValues(CellAxes.Targets, RequireText)),
            new(CellAxes.Models, axes.ReadValues(CellAxes.Models, RequireText)),
            new(CellAxes.Contexts, axes.ReadValues(CellAxes.Contexts, text => ContextList.Parse(text))),
            new(CellAxes.KvTypes, axes.ReadValues(CellAxes.KvTypes, RequireText)),
            new(CellAxes.Caps, axes.ReadValues(CellAxes.Caps, CheckCap)),
            new(CellAxes.Swaps, axes.ReadValues(CellAxes.Swaps, text => CapPlans.ParseSwap(text))),
            new(CellAxes.Systems, axes.ReadValues(CellAxes.Systems, CheckSystem)),
            new(CellAxes.Threads, axes.ReadValues(CellAxes.Threads, text => axes.ParseNumber(CellAxes.Threads, text, min: 1))),
        };
        if (all.Single(axis => axis.Name == CellAxes.Contexts).Values.Count == 0)
            throw axes.FailMissing(CellAxes.Contexts);
        if (axes.Find(CellAxes.Swaps) is { } swaps && !axes.Has(CellAxes.Caps))
            throw axes.Fail(CellAxes.Swaps, swaps.Line, $"swap is that of a capped server; write {CellAxes.Caps} too");
        return [.. all.Where(axis => axis.Values.Count > 0)];
    }

    private static IReadOnlyList<ExperimentExclusion> ReadExclusions(SectionReader root, IReadOnlyList<ExperimentAxis> axes, string file)
    {
        var node = root.Find(ExperimentFields.Exclude);
        return node switch
        {
            null => [],
            YamlList list => [.. list.Items.Select(item => ReadExclusion(item, root, axes, file))],
            _ => throw root.Fail(ExperimentFields.Exclude, node.Line, "write a list of maps, for example [{models: small, caps: none}]"),
        };
    }

    private static ExperimentExclusion ReadExclusion(YamlNode node, SectionReader root, IReadOnlyList<ExperimentAxis> axes, string file)
    {
        if (node is not YamlMap { Entries.Count: > 0 } map)
            throw root.Fail(ExperimentFields.Exclude, node.Line, "write a map from axes to values, for example "
                + "{models: small, caps: none}");
        // The fields of an exclusion are those of the axes.
        var reader = new SectionReader(file, ExperimentFields.Axes, map);
        return new ExperimentExclusion(map.Entries.ToDictionary(entry => entry.Key, IReadOnlySet<string> (entry) =>
        {
            var axis = axes.FirstOrDefault(axis => axis.Name == entry.Key)
                ?? throw root.Fail(ExperimentFields.Exclude, entry.Line, $"the experiment has no axis '{entry.Key}'; write one of "
                    + string.Join(", ", axes.Select(known => known.Name)));
            return reader.ReadValues(entry.Key, value => RequireValue(axis, value)).Select(value => value.Text).ToHashSet();
        }, StringComparer.Ordinal));
    }

    private static void RequireValue(ExperimentAxis axis, string text)
    {
        if (axis.Values.All(value => value.Text != text))
            throw new FormatException($"'{text}' is no value of this axis; write one of "
                + string.Join(" ", axis.Values.Select(value => $"'{value.Text}'")));
    }

    private static SweepPlan ReadShared(SectionReader sweep, SectionReader limits)
    {
        var (defaults, none) = (new PhaseLimits(), new SweepPlan { Target = TargetKind.Embedded, Contexts = [] });
        var warmups = sweep.ReadObject("warmups", WarmupCount.Parse) ?? new WarmupCount(none.Warmups, UntilSettled: false);
        var document = sweep.ReadObject("document", Path.GetFullPath);
        return none with
        {
            OutputTokens = sweep.ReadNumber("output_tokens", min: 2) ?? none.OutputTokens,
            Repetitions = sweep.ReadNumber("trials", min: 1) ?? none.Repetitions,
            Warmups = warmups.Count,
            WarmupsUntilSettled = warmups.UntilSettled,
            Seed = sweep.ReadNumber("seed", min: 0) ?? none.Seed,
            Method = ReadMethod(sweep),
            PromptAs = sweep.ReadValue("prompt_as", text => PromptForms.Parse(text)!.Value),
            PromptKind = document is null ? PromptKind.Words : PromptKind.Document,
            DocumentPath = document,
            TelemetryFrom = sweep.ReadObject("telemetry_from", ExporterAddress.ParseList)?.Select(address => address.ToString()).ToList(),
            Limits = new PhaseLimits
            {
                Load = ReadLimit(limits, "load") ?? defaults.Load,
                Prefill = ReadLimit(limits, "prefill") ?? defaults.Prefill,
                Generation = ReadLimit(limits, "generation") ?? defaults.Generation,
                Silence = ReadLimit(limits, "silence") ?? defaults.Silence,
            },
            Options = new TargetOptions
            {
                FlashAttention = sweep.ReadObject("flash_attention", text => text),
                LoadMode = sweep.ReadObject("load_mode", text => text),
                PrefillThreads = sweep.ReadNumber("prefill_threads", min: 1),
                BatchTokens = sweep.ReadNumber("batch", min: 1),
                GpuLayers = sweep.ReadNumber("gpu_layers", min: 0),
            },
        };
    }

    private static SweepMethod ReadMethod(SectionReader sweep)
    {
        var isSynthetic = sweep.ReadValue("prefill", text => PrefillMode.IsSynthetic(text, PrefillMode.Computed)) ?? false;
        var choice = sweep.ReadObject("method", MethodChoice.Parse) ?? MethodChoice.GetDefault(isSynthetic);
        return choice.ToMethod(isSynthetic) ?? throw sweep.Fail("prefill", sweep.Find("prefill")!.Line,
            $"synthetic cannot be combined with the method {choice.Name}; write incremental, or computed");
    }

    private static TierPlan? ReadTier(SectionReader sweep)
    {
        if (sweep.ReadObject("tier", TierPlans.Parse) is not { } tier)
        {
            string[] parts = ["tier_storage", "tier_bandwidth", "tier_latency"];
            return Array.Find(parts, sweep.Has) is { } part
                ? throw sweep.Fail(part, sweep.Find(part)!.Line, "it belongs to a storage tier; write tier too, for example /mnt/nvme,2G")
                : null;
        }
        return tier with
        {
            StorageBytes = sweep.ReadValue("tier_storage", ByteSize.Parse)?.Bytes,
            BandwidthBytesPerSecond = sweep.ReadValue("tier_bandwidth", ByteRate.Parse),
            Latency = sweep.ReadValue("tier_latency", TierPlans.ParseLatency),
        };
    }

    private static void CheckTier(IReadOnlyList<ExperimentAxis> axes, TierPlan? tier, SectionReader sweep)
    {
        var systems = axes.FirstOrDefault(axis => axis.Name == CellAxes.Systems)?.Values ?? [];
        if (tier is null && systems.FirstOrDefault(system => system.Text.StartsWith("managed", StringComparison.Ordinal)) is { } managed)
            throw sweep.Fail("tier", managed.Line, $"the system '{managed.Text}' keeps a part of its memory on storage; name a folder on a "
                + "local disk, for example /mnt/nvme/tier,2G");
    }

    // A run without the readings that it is measured for is noticed too late.
    private static void CheckExporters(SectionReader sweep)
    {
        if (sweep.Has("telemetry_from") && sweep.ReadValue("telemetry_hz", ParseTelemetryHz) is < 1 and var rate)
            throw sweep.Fail("telemetry_hz", sweep.Find("telemetry_hz")!.Line, FormattableString.Invariant($"{rate} is too few for ")
                + "telemetry_from, which is read once a second; write 1 or more");
    }

    private static CellSettings ReadSettings(SectionReader sweep, SectionReader limits, SectionReader requires) => new()
    {
        Limit = ReadLimit(limits, "cell"),
        MemoryBytes = requires.ReadValue("memory", ByteSize.Parse)?.Bytes,
        Gpus = requires.ReadNumber("gpus", min: 0) ?? 0,
        TelemetryInterval = sweep.ReadValue("telemetry_hz", ParseTelemetryHz) switch
        {
            null => new CellSettings().TelemetryInterval,
            0 => null,
            { } rate => TimeSpan.FromSeconds(1 / rate),
        },
    };

    private static TimeSpan? ReadLimit(SectionReader limits, string name) => limits.ReadValue(name, text =>
        DurationParser.Parse(text) is var limit && limit > TimeSpan.Zero && limit < TimeSpan.FromDays(30)
            ? limit
            : throw new FormatException($"'{text}' is not a time limit above 0, below 30 days; for example 10m"));

    private static double ParseTelemetryHz(string text) =>
        double.TryParse(text, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture,
            out var rate) && rate <= MaxTelemetryHz
            ? rate
            : throw new FormatException($"'{text}' is not a rate from 0 (none) to {MaxTelemetryHz}; for example 10");

    private static bool ParseOrder(string text) => text switch
    {
        "shuffled" => true,
        "as-given" => false,
        _ => throw new FormatException($"'{text}' is unknown; write shuffled or as-given"),
    };

    private static string ParseName(string text) => NameShape().IsMatch(text)
        ? text
        : throw new FormatException($"'{text}' is no name; write 1 to 40 letters, digits, '-' or '_', for example kv-types");

    private static void RequireText(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new FormatException("the text is empty; leave it out, or write a value");
    }

    private static void CheckCap(string text)
    {
        if (text != CellAxes.NoCap)
            _ = CapSize.Parse(text);
    }

    private static void CheckSystem(string text)
    {
        if (SystemPlans.HasOwnTarget(text))
            throw new FormatException($"'{text}' names a server; write servers as {CellAxes.Targets}");
        _ = SystemPlans.Create(text, new SweepPlan { Target = TargetKind.Embedded, Contexts = [] }, () => s_anyTier);
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_-]{0,39}\z")]
    private static partial Regex NameShape();
}
