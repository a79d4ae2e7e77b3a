using System.ComponentModel;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Setup;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall compare</c>.</summary>
internal sealed class CompareOptions : MeasureOptions
{
    private const string Managed = "managed";

    // A comparison expects systems that thrash. It stops them early and keeps their partial rate as an upper bound.
    private static readonly PhaseLimits s_defaultLimits = new()
    {
        Load = TimeSpan.FromMinutes(5),
        Prefill = TimeSpan.FromMinutes(20),
        Generation = TimeSpan.FromSeconds(60),
        Silence = TimeSpan.FromMinutes(2),
    };

    [CommandOption("-c|--contexts <LIST>")]
    // A default of this length would leave too little room for the descriptions of all options.
    [Description("Prompt tokens: 4k,8k,16k or 4k..32k*2 (default: 4k,8k,16k,24k)")]
    public string Contexts { get; init; } = "4k,8k,16k,24k";

    [CommandOption("-n|--output-tokens <COUNT>")]
    [Description("Output tokens of each trial, 2 or more")]
    [DefaultValue(16)]
    public int OutputTokens { get; init; } = 16;

    [CommandOption("-r|--repetitions <COUNT>")]
    [Description("Trials at each context and system; a difference needs 5 or more")]
    [DefaultValue(1)]
    public int Repetitions { get; init; } = 1;

    [CommandOption("--system <NAME[=TARGET]>")]
    [Description("A system to compare, repeatable: standard, standard-no-swap, kv-q8_0, kv-q4_0, managed, managed@RATE[[,LATENCY]] "
        + "(storage slowed down to 550MB/s,100us), uncapped (without --cap), or NAME=TARGET for your own server. Default: the first five")]
    public string[] Systems { get; init; } = [];

    [CommandOption("--prefill <MODE>")]
    [Description(PrefillOption.Meaning + " Default: synthetic for the embedded server, else computed")]
    public string? Prefill { get; init; }

    /// <summary>The systems, each with its plan.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public IReadOnlyList<(string Name, SweepPlan Plan)> ToSystemPlans()
    {
        var names = Systems.Length > 0 ? Systems : ["standard", "standard-no-swap", "kv-q8_0", "kv-q4_0", Managed];
        var caps = ToCaps();
        if (caps.Count > 1)
            throw new FormatException("--cap, --swap: a comparison has one cap; write one value each");
        var plans = names.Select(name => (Name: name.Split('=')[0], Plan: CreatePlan(name, caps[0]))).ToList();
        return plans.DistinctBy(plan => plan.Name).Count() == plans.Count
            ? plans
            : throw new FormatException("--system: two systems have the same name");
    }

    private SweepPlan CreatePlan(string system, CapPlan? cap)
    {
        var parts = system.Split('=', 2);
        var (name, target) = (parts[0], parts.ElementAtOrDefault(1));
        var method = PrefillOption.ParseMethod(Prefill, target ?? Target);
        var options = ToTargetOptionsWithoutTier();
        var plan = new SweepPlan
        {
            Target = target ?? Target,
            System = name,
            Contexts = OptionParser.Parse("--contexts", () => ContextList.Parse(Contexts)),
            OutputTokens = OutputTokens,
            Repetitions = Repetitions,
            Warmups = 0,
            Order = TrialOrder.Ascending,
            Method = method,
            Limits = ToLimits(
                method == SweepMethod.SyntheticDepth ? s_defaultLimits with { Prefill = TimeSpan.FromMinutes(1) } : s_defaultLimits),
            Options = options,
            Cap = target is null
                ? cap ?? throw new FormatException(
                    "--cap is missing; write for example --cap 700MiB, or name your own servers with --system NAME=TARGET")
                : null,
        };
        return (name, target) switch
        {
            (_, not null) => plan,
            ("standard", _) => plan,
            ("uncapped", _) => plan with { Cap = null },
            ("standard-no-swap", _) => plan with { Cap = plan.Cap! with { SwapBytes = 0 } },
            ("kv-q8_0", _) => plan with { Options = options with { KvType = "q8_0" } },
            ("kv-q4_0", _) => plan with { Options = options with { KvType = "q4_0" } },
            // The kernel must not swap what the tier manages.
            _ when name == Managed || name.StartsWith(Managed + "@", StringComparison.Ordinal) =>
                plan with { Cap = plan.Cap! with { SwapBytes = 0 }, Options = options with { Tier = CreateTierPlan(name) } },
            _ => throw new FormatException(
                $"--system: '{name}' is unknown; write standard, standard-no-swap, kv-q8_0, kv-q4_0, managed, managed@RATE, uncapped, "
                + "or NAME=TARGET"),
        };
    }

    private TierPlan CreateTierPlan(string system) => system.Split('@', 2) is [_, var device]
        ? TierOptionParser.Parse(Tier ?? CreateDefaultTierFolder(), TierStorage, device.Split(',')[0],
            device.Split(',', 2) is [_, var latency] ? latency : null)!
        : TierOptionParser.Parse(Tier ?? CreateDefaultTierFolder(), TierStorage, TierBandwidth, TierLatency)!;

    private string CreateDefaultTierFolder() =>
        Directory.CreateDirectory(Path.Combine(RunsDirectory.Resolve(Runs), ".tier")).FullName;
}
