using System.Globalization;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Analysis;

/// <summary>A setting or property in which two runs differ.</summary>
/// <param name="Name">Its name.</param>
/// <param name="First">In the first; absent where it has none.</param>
/// <param name="Second">In the second; absent where it has none.</param>
public sealed record RunDifference(string Name, string? First, string? Second)
{
    /// <summary>Whether the values are numbers of bytes.</summary>
    internal bool IsBytes { get; init; }
}

/// <summary>Differences between the settings and systems of two runs: each may explain a difference between their results.</summary>
internal static class RunDifferences
{
    private static readonly string[] s_updated =
        ["engine version", "target version", "ggml commit", "operating system", "kernel", "accelerator driver"];

    /// <summary>The differences, those of the system first, then those of the plan.</summary>
    public static IReadOnlyList<RunDifference> Find(RunManifest first, RunManifest second, ComparisonRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var drift = (rules ?? ReviewRules.Default.Comparison).MaxMemoryDrift;
        return
        [
            .. GetFields(first).Zip(GetFields(second)).Where(pair => !pair.First.IsSame(pair.Second, drift))
                .Select(pair => new RunDifference(pair.First.Name, pair.First.Text, pair.Second.Text)
                {
                    IsBytes = pair.First.Kind != FieldKind.Text,
                }),
        ];
    }

    /// <summary>Whether two runs are of the same model on the same machine with the same settings, as far as their facts say. What is
    /// updated in the course of time may differ: engine, server, system, driver.</summary>
    public static bool AreOfOneSetup(RunManifest first, RunManifest second, ComparisonRules? rules = null) =>
        FindUpdates(first, second, rules).Count == Find(first, second, rules).Count && AreOfOneModel(first, second);

    /// <summary>The differences in what is updated in the course of time.</summary>
    public static IReadOnlyList<RunDifference> FindUpdates(RunManifest first, RunManifest second, ComparisonRules? rules = null) =>
        [.. Find(first, second, rules).Where(difference => s_updated.Contains(difference.Name))];

    /// <summary>Whether the two runs can have been measured on one machine without a reboot between them, as far as their facts
    /// say.</summary>
    public static bool AreOnOneMachine(RunManifest first, RunManifest second) =>
        (first.Machine.OperatingSystem, first.Machine.Kernel, first.Machine.CpuModel, first.Machine.LogicalCores,
            first.Machine.MemoryTotalBytes)
        == (second.Machine.OperatingSystem, second.Machine.Kernel, second.Machine.CpuModel, second.Machine.LogicalCores,
            second.Machine.MemoryTotalBytes);

    /// <summary>Whether the two runs can be of one model, as far as their facts say. Servers of different kinds have different names for
    /// a model.</summary>
    public static bool AreOfOneModel(RunManifest first, RunManifest second)
    {
        var names = first.Target.Kind == second.Target.Kind ? new[] { first, second }.Select(ModelName) : [];
        var sizes = new[] { first, second }.Select(run => run.Target.Shape?.ParameterCount).OfType<long>();
        var quantizations = new[] { first, second }.Select(Quantization).OfType<string>();
        return names.Distinct().Count() < 2 && sizes.Distinct().Count() < 2 && quantizations.Distinct().Count() < 2;
    }

    private static IEnumerable<Field> GetFields(RunManifest run) =>
    [
        .. GetTargetFields(run), .. GetMachineFields(run), .. GetMemoryFields(run.Plan), .. GetPlanFields(run.Plan),
        new("prompts sent as", run.PromptAs is { } form ? EnumNames.Name(form) : null),
    ];

    private static IEnumerable<Field> GetTargetFields(RunManifest run)
    {
        yield return new("engine version", run.EngineVersion);
        yield return new("target", run.Target.Kind);
        yield return new("target version", run.Target.ServerVersion);
        yield return new("model", ModelName(run));
        yield return new("weight bytes", Number(run.Target.Shape?.WeightBytes), FieldKind.Bytes);
        yield return new("parameters", Number(run.Target.Shape?.ParameterCount));
        yield return new("quantization", Quantization(run));
        yield return new("threads of the server", Detail(run, "threads_default"));
        yield return new("speculative decoding", Detail(run, "speculative"));
        yield return new("ggml commit", Detail(run, "ggml_commit"));
    }

    private static IEnumerable<Field> GetMachineFields(RunManifest run)
    {
        var machine = run.Machine;
        yield return new("operating system", machine.OperatingSystem);
        yield return new("kernel", machine.Kernel);
        yield return new("processor", machine.CpuModel);
        yield return new("cores available", Number(machine.AvailableCores));
        yield return new("RAM", Number(machine.MemoryTotalBytes), FieldKind.MeasuredBytes);
        yield return new("memory limit", Number(machine.MemoryLimitBytes), FieldKind.Bytes);
        yield return new("swap of the machine", Number(machine.SwapTotalBytes), FieldKind.MeasuredBytes);
        yield return new("accelerators", string.Join(", ", machine.Gpus.Select(gpu => gpu.Name)));
        yield return new("accelerator driver", string.Join(", ", machine.Gpus.Select(gpu => gpu.Driver).OfType<string>().Distinct()));
        yield return new("power", machine.Power);
    }

    private static IEnumerable<Field> GetMemoryFields(SweepPlan plan)
    {
        var tier = plan.Options.Tier;
        yield return new("cap", Number(plan.Cap?.Bytes), FieldKind.Bytes);
        yield return new("swap of the server",
            plan.Cap is null ? null : plan.Cap.SwapBytes is { } swap ? swap == 0 ? "off" : Number(swap) : "allowed",
            FieldKind.Bytes);
        yield return new("storage tier", tier is null ? "no" : "yes");
        yield return new("memory of the tier", Number(tier?.MemoryBytes), FieldKind.Bytes);
        yield return new("emulated bandwidth of the tier", Number(tier?.BandwidthBytesPerSecond), FieldKind.Bytes);
        yield return new("emulated latency of the tier in s", tier?.Latency?.TotalSeconds.ToString(CultureInfo.InvariantCulture));
    }

    private static IEnumerable<Field> GetPlanFields(SweepPlan plan)
    {
        var options = plan.Options;
        yield return new("kv type", options.KvType);
        yield return new("flash attention", options.FlashAttention);
        yield return new("load mode", options.LoadMode);
        yield return new("threads", Number(options.Threads));
        yield return new("prefill threads", Number(options.PrefillThreads));
        yield return new("batch tokens", Number(options.BatchTokens));
        yield return new("gpu layers", Number(options.GpuLayers));
        yield return new("method", plan.Method.Label());
        yield return new("output tokens", Number(plan.OutputTokens));
        yield return new("order", EnumNames.Name(plan.Order));
        yield return new("prompts", EnumNames.Name(plan.PromptKind));
        yield return new("prompt cache on purpose", plan.WarmPrefix ? "yes" : "no");
        yield return new("window margin", Number(plan.WindowMarginTokens));
    }

    // Some servers name a model by the path of its file, which is not the same on each machine.
    private static string ModelName(RunManifest run) => run.Target.Model is var name
        && (name.StartsWith('/') || name.Contains('\\', StringComparison.Ordinal))
            ? name[(name.LastIndexOfAny(['/', '\\']) + 1)..]
            : name;

    // Ollama writes Q4_K_M where llama.cpp writes "Q4_K - Medium", and "(guessed) " before it where the file does not say.
    private static string? Quantization(RunManifest run)
    {
        if (Detail(run, "quantization_level") is { } level)
            return level;
        if (Detail(run, "model_ftype") is not { } type)
            return null;
        var name = type.Replace("(guessed) ", "", StringComparison.Ordinal).Replace("all ", "", StringComparison.Ordinal);
        var parts = name.Split(" - ", 2);
        return parts switch
        {
            ["Q2_K", "Medium"] => "Q2_K",
            [var kind, "Small" or "Medium" or "Large"] => $"{kind}_{parts[1][0]}",
            [var kind, var bits] when bits.EndsWith("bpw", StringComparison.Ordinal) => kind,
            _ => name,
        };
    }

    private static string? Detail(RunManifest run, string name) => run.Target.Details.GetValueOrDefault(name);

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private enum FieldKind
    {
        Text,

        // A number of bytes that someone has set.
        Bytes,

        // A number of bytes that the kernel reports, which is not the same at each boot.
        MeasuredBytes,
    }

    private sealed record Field(string Name, string? Text, FieldKind Kind = FieldKind.Text)
    {
        public bool IsSame(Field other, double drift)
        {
            if (Text == other.Text)
                return true;
            return Kind == FieldKind.MeasuredBytes && Parse(Text) is { } one && Parse(other.Text) is { } two
                && Math.Abs(one - two) <= drift * Math.Max(one, two);
        }

        private static double? Parse(string? text) => text is null ? null : double.Parse(text, CultureInfo.InvariantCulture);
    }
}
