using System.ComponentModel;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall compare</c>.</summary>
internal sealed class CompareOptions : MeasureOptions
{
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
        var names = Systems.Length > 0 ? Systems : SystemPlans.DefaultNames;
        var caps = ToCaps();
        if (caps.Count > 1)
            throw new FormatException("--cap, --swap: a comparison has one cap; write one value each");
        if (caps[0] is null && !names.All(SystemPlans.HasOwnTarget))
            throw new FormatException(
                "--cap is missing; write for example --cap 700MiB, or name your own servers with --system NAME=TARGET");
        var request = new SystemsRequest
        {
            Target = Target,
            Contexts = OptionParser.Parse("--contexts", () => ContextList.Parse(Contexts)),
            OutputTokens = OutputTokens,
            Repetitions = Repetitions,
            Prefill = Prefill,
            Options = ToTargetOptionsWithoutTier(),
            Cap = caps[0],
            CreateTier = CreateTier,
        };
        // Read before the systems, so that an error names this option.
        _ = PrefillOption.ParseMethod(Prefill, Target);
        return [.. OptionParser.Parse("--system", () => SystemPlans.Create(names, request))
            .Select(system => (system.Name, system.Plan with { Limits = ToLimits(system.Plan.Limits) }))];
    }

    private TierPlan CreateTier() => TierOptionParser.Parse(Tier ?? CreateDefaultTierFolder(), TierStorage, TierBandwidth, TierLatency)!;

    private string CreateDefaultTierFolder() =>
        Directory.CreateDirectory(Path.Combine(RunsDirectory.Resolve(Runs), ".tier")).FullName;
}
