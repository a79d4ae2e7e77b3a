using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Experiments.Cells;
using MemoryWall.Experiments.Files;

namespace MemoryWall.Engine.Tests.Experiments;

/// <summary>Reads files of experiments: what they say, and what an error names.</summary>
public sealed class ExperimentFileTests
{
    private static readonly MachineFacts s_machine = new() { OperatingSystem = "Linux", Architecture = "X64", MemoryTotalBytes = 8L << 30 };

    private const string Whole = """
        name: whole
        axes:
          targets: [embedded]
          models: [nano, small]
          contexts: ["512,1k", 2k]
          kv_types: [f16, q8_0]
          caps: [none, 700MiB, 50%]
          swaps: [off]
          systems: [standard, managed]
          threads: [1, 2]
        repetitions: 3
        exclude:
          - {models: small, caps: [none, 50%]}
        order: {by: as-given, seed: 9}
        sweep:
          output_tokens: 8
          trials: 2
          warmups: auto
          method: incremental
          prefill: synthetic
          prompt_as: ids
          seed: 4
          flash_attention: on
          load_mode: no_mmap
          prefill_threads: 2
          batch: 256
          gpu_layers: 0
          tier: /mnt/tier,1G
          tier_storage: 20G
          tier_bandwidth: 500MB/s
          tier_latency: 1ms
          telemetry_hz: 2
          telemetry_from: http://gpu1:9100,http://gpu1:9400/metrics
        limits: {load: 1m, prefill: 2m, generation: 3m, silence: 4s, cell: 2h}
        requires: {memory: 16GiB, gpus: 1}
        """;

    [Fact]
    public void Parse_AllFields_AreRead()
    {
        var read = ExperimentFile.Parse(Whole, "x.yaml");

        Assert.Equal("whole", read.Name);
        Assert.Equal(["targets", "models", "contexts", "kv_types", "caps", "swaps", "systems", "threads"], read.Axes.Select(axis =>
            axis.Name));
        Assert.Equal((3, false, 9), (read.Repetitions, read.IsShuffled, read.Seed));
        var plan = read.Shared;
        Assert.Equal((8, 2, true, SweepMethod.SyntheticDepth, PromptForm.Ids, 4),
            (plan.OutputTokens, plan.Repetitions, plan.WarmupsUntilSettled, plan.Method, plan.PromptAs, plan.Seed));
        Assert.Equal(("on", "no_mmap", 2, 256, 0), (plan.Options.FlashAttention, plan.Options.LoadMode, plan.Options.PrefillThreads,
            plan.Options.BatchTokens, plan.Options.GpuLayers));
        Assert.Equal(["http://gpu1:9100/metrics", "http://gpu1:9400/metrics"], plan.TelemetryFrom!);
        Assert.Equal((60, 120, 180, 4), (plan.Limits.Load.TotalSeconds, plan.Limits.Prefill.TotalSeconds,
            plan.Limits.Generation.TotalSeconds, plan.Limits.Silence.TotalSeconds));
        Assert.Equal((1L << 30, 20L << 30, 500_000_000L, 1e-3), (read.Tier!.MemoryBytes, read.Tier.StorageBytes,
            read.Tier.BandwidthBytesPerSecond, read.Tier.Latency!.Value.TotalSeconds));
        Assert.Equal((TimeSpan.FromHours(2), 16L << 30, 1, TimeSpan.FromSeconds(0.5)),
            (read.Settings.Limit, read.Settings.MemoryBytes, read.Settings.Gpus, read.Settings.TelemetryInterval));
        var cold = plan with { Method = SweepMethod.Cold, Options = plan.Options with { LoadMode = null } };
        // 2 models × 2 contexts × 2 types × 3 caps × 2 systems × 2 threads, less 1 × 2 × 2 × 2 × 2 × 2, in three blocks.
        Assert.Equal(3 * (96 - 32), CellExpander.Expand(read with { Shared = cold }, s_machine).Count);
    }

    [Fact]
    public void Parse_NoTelemetry_IsNoInterval() => Assert.Null(ExperimentFile.Parse("name: x\naxes: {contexts: 512}\n"
        + "sweep: {telemetry_hz: 0}", "x.yaml").Settings.TelemetryInterval);

    /// <summary>A declared field that no reader reads would be accepted and ignored.</summary>
    [Fact]
    public void Schema_EveryField_IsReadAndNamedInItsError()
    {
        foreach (var field in ExperimentFields.All)
        {
            var error = Assert.Throws<FormatException>(() => ExperimentFile.Parse(WithListOfLists(field), "x.yaml"));
            Assert.Matches($@"^x\.yaml:\d+: {field.Path}: ", error.Message);
        }
    }

    // No field has a list of lists as its value.
    private static string WithListOfLists(ExperimentField field)
    {
        const string Wrong = "[[[x]]]";
        var (name, contexts) = ("name: x\n", "axes: {contexts: 512}\n");
        return (field.Section, field.Name) switch
        {
            ("", "name") => $"name: {Wrong}\n{contexts}",
            ("", "axes") => $"{name}axes: {Wrong}",
            ("", var own) => $"{name}{contexts}{own}: {Wrong}",
            ("axes", "contexts") => $"{name}axes: {{contexts: {Wrong}}}",
            ("axes", var axis) => $"{name}axes: {{contexts: 512, {(axis == "swaps" ? "caps: 1G, " : "")}{axis}: {Wrong}}}",
            ("sweep", var part) when part.StartsWith("tier_", StringComparison.Ordinal) =>
                $"{name}{contexts}sweep: {{tier: /tmp, {part}: {Wrong}}}",
            var (section, own) => $"{name}{contexts}{section}: {{{own}: {Wrong}}}",
        };
    }

    [Theory]
    [InlineData("name: a b\naxes: {contexts: 512}",
        "x.yaml:1: name: 'a b' is no name; write 1 to 40 letters, digits, '-' or '_', for example kv-types")]
    [InlineData("name: ../up\naxes: {contexts: 512}", "x.yaml:1: name: '../up' is no name")]
    [InlineData("axes: {contexts: 512}", "x.yaml: name is missing; write for example name: kv-types")]
    [InlineData("name: x", "x.yaml: axes.contexts is missing; write for example contexts: [\"2k,8k,32k\"]")]
    [InlineData("name: x\naxes:\n  contexts: 512\n  kv_type: f16",
        "x.yaml:4: axes.kv_type is no field; write targets, models, contexts, kv_types, caps")]
    [InlineData("name: x\naxes:\n  contexts:\n  - 512\n  - zwei", "x.yaml:5: axes.contexts: 'zwei' is not a number of tokens")]
    [InlineData("name: x\naxes:\n  contexts: 512\n  threads: [1, 0]",
        "x.yaml:4: axes.threads: '0' is not a whole number of 1 or more; for example [1, 2, 4]")]
    [InlineData("name: x\naxes:\n  contexts: [512, 512]", "x.yaml:3: axes.contexts: '512' is there twice; write it once")]
    [InlineData("name: x\naxes:\n  contexts: 512\n  caps: [7]",
        "x.yaml:4: axes.caps: '7' has no unit; write 7GiB or 7MiB, or 7B for bytes")]
    [InlineData("name: x\naxes:\n  contexts: 512\n  systems: [fast]", "x.yaml:4: axes.systems: 'fast' is unknown; write standard,")]
    [InlineData("name: x\naxes:\n  contexts: 512\n  systems: [managed]",
        "x.yaml:4: sweep.tier: the system 'managed' keeps a part of its memory")]
    [InlineData("name: x\naxes:\n  contexts: 512\n  systems: [a=ollama://h/m]",
        "x.yaml:4: axes.systems: 'a=ollama://h/m' names a server; write servers")]
    [InlineData("name: x\naxes:\n  contexts: 512\n  swaps: off", "x.yaml:4: axes.swaps: swap is that of a capped server; write caps too")]
    [InlineData("name: x\naxes: {contexts: 512}\nsweep:\n  method: depth",
        "x.yaml:4: sweep.method: 'depth' is unknown; write cold, incremental, resume or auto")]
    [InlineData("name: x\naxes: {contexts: 512}\nsweep:\n  method: cold\n  prefill: synthetic",
        "x.yaml:5: sweep.prefill: synthetic cannot be combined with the method cold")]
    [InlineData("name: x\naxes: {contexts: 512}\nsweep: {warmups: many}",
        "x.yaml:3: sweep.warmups: 'many' is neither a whole number nor auto")]
    [InlineData("name: x\naxes: {contexts: 512}\nsweep: {tier_storage: 2G}",
        "x.yaml:3: sweep.tier_storage: it belongs to a storage tier; write tier too")]
    [InlineData("name: x\naxes: {contexts: 512}\nsweep: {telemetry_from: http://gpu1:9100, telemetry_hz: 0.5}",
        "x.yaml:3: sweep.telemetry_hz: 0.5 is too few for telemetry_from, which is read once a second; write 1 or more")]
    [InlineData("name: x\naxes: {contexts: 512}\nlimits: {cell: 5}", "x.yaml:3: limits.cell: '5' is not a duration; write for example 10m")]
    [InlineData("name: x\naxes: {contexts: 512}\nlimits: {cell: 0s}", "x.yaml:3: limits.cell: '0s' is not a time limit above 0")]
    [InlineData("name: x\naxes: {contexts: 512}\nrequires: {memory: 16}", "x.yaml:3: requires.memory: '16' has no unit")]
    [InlineData("name: x\naxes: {contexts: 512}\nexclude:\n- {models: nano}",
        "x.yaml:4: exclude: the experiment has no axis 'models'; write one of contexts")]
    [InlineData("name: x\naxes: {contexts: [512, 1k]}\nexclude:\n- {contexts: 2k}",
        "x.yaml:4: axes.contexts: '2k' is no value of this axis; write one of '512' '1k'")]
    [InlineData("name: x\naxes: {contexts: 512}\norder: {by: random}",
        "x.yaml:3: order.by: 'random' is unknown; write shuffled or as-given")]
    [InlineData("name: x\nname: y\naxes: {contexts: 512}", "x.yaml:2: 'name' is written twice; write it once")]
    [InlineData("name: x\naxes: {contexts: }", "x.yaml: axes.contexts is missing")]
    [InlineData("name: x\naxes: {contexts: []}", "x.yaml:2: axes.contexts: the list is empty; leave it out, or write a value")]
    [InlineData("name: x\naxes: [512]", "x.yaml:2: axes: write a map of targets, models,")]
    [InlineData("name: x\naxes: {contexts: 512\n", "x.yaml:")]
    [InlineData("- name", "x.yaml:1: an experiment is a map of fields; memwall experiment schema lists them")]
    [InlineData("", "x.yaml:1: the file is empty; memwall experiment schema lists what it contains")]
    [InlineData("name: x\n---\nname: y", "x.yaml:2: a second document begins here; write one experiment in a file")]
    [InlineData("a: &a [x, x]\nb: [*a, *a]", "x.yaml:1: '&a' names this part for repetition; leave it out, since anchors are not read")]
    [InlineData("name: *x", "x.yaml:1: '*x' repeats another part of the file; write it out, since anchors are not read")]
    [InlineData("name: x\n<<: {axes: 1}", "x.yaml:2: << is no field; write name, axes,")]
    public void Parse_SomethingWrong_NamesTheLineTheFieldAndWhatIsRight(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<FormatException>(() => ExperimentFile.Parse(text, "x.yaml")).Message);

    [Fact]
    public void Parse_DeepOrHuge_EndsSoonWithItsLine()
    {
        var deep = "name: x\naxes: " + new string('[', 3000) + new string(']', 3000);
        Assert.StartsWith("x.yaml:2: the file is nested deeper", Assert.Throws<FormatException>(() => ExperimentFile.Parse(deep,
            "x.yaml")).Message);
        var huge = "name: x\naxes:\n  contexts: [" + string.Join(",", Enumerable.Range(1, 110_000)) + "]";
        Assert.StartsWith("x.yaml:3: the file has more than", Assert.Throws<FormatException>(() => ExperimentFile.Parse(huge, "x.yaml"))
            .Message);
    }

    [Fact]
    public void Read_ShippedExamples_ArePlans()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "data", "experiments"), "*.yaml");

        var cells = files.ToDictionary(file => Path.GetFileName(file), file => CellExpander.Expand(ExperimentFile.Read(file), s_machine)
            .Count);

        Assert.Equal(12, cells["nano.yaml"]);
        Assert.Equal(12, cells["kv-types.yaml"]);
    }
}
