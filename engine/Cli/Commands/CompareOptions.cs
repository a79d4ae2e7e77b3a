using System.ComponentModel;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Facts;
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
    [Description("A system to compare, repeatable: standard, standard-no-swap, kv-q8_0, kv-q4_0, managed, managed-q8_0 and "
        + "managed-q4_0 (its KV type), managed@RATE[[,LATENCY]] (storage slowed down "
        + "to 550MB/s,100us), uncapped (without --cap), or NAME=TARGET for your own server. Default: the first five")]
    public string[] Systems { get; init; } = [];

    [CommandOption("--prefill <MODE>")]
    [Description(PrefillOption.Meaning + " Default: synthetic for the embedded server, else computed")]
    public string? Prefill { get; init; }

    [CommandOption("--stage <NAME[=TARGET]>")]
    [Description("Measure one system now and others of the same comparison later, after a reboot or on another machine; named as "
        + "with --system")]
    public string? Stage { get; init; }

    [CommandOption("--continue <COMPARISON>")]
    [Description("Measure --stage by the plan of a comparison that was begun: its id, or a folder or zip file of its runs")]
    public string? Continue { get; init; }

    [CommandOption("--trust")]
    [Description("Continue a comparison that another user began, although its plan reads files or contacts a server")]
    public bool Trust { get; init; }

    [CommandOption("--from <RUNS>")]
    [Description("Compare what was measured before, and measure nothing: runs, comparisons, latest, samples/NAME, folders or zip files of "
        + "runs, separated by commas; the last run is compared with each of the others")]
    public string[] From { get; init; } = [];

    /// <summary>Checks that the options fit together.</summary>
    /// <exception cref="FormatException">Two of them exclude each other, or one is missing.</exception>
    public void CheckMode()
    {
        if (From.Length > 0 && (Stage ?? Continue ?? Systems.FirstOrDefault()) is not null)
            throw new FormatException("--from measures nothing; omit --stage, --continue and --system");
        if (Stage is not null && Systems.Length > 0)
            throw new FormatException("--stage measures one system; omit --system");
        if (Continue is not null && Stage is null)
            throw new FormatException("--continue needs the system to measure now; for example --stage managed");
        if (Trust && Continue is null)
            throw new FormatException("--trust is for --continue; omit it");
    }

    /// <summary>The systems, each with its plan.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public IReadOnlyList<(string Name, SweepPlan Plan)> ToSystemPlans()
    {
        var names = GetNames();
        var request = ToRequest(names);
        return [.. OptionParser.Parse(Stage is null ? "--system" : "--stage", () => SystemPlans.Create(names, request))
            .Select(system => (system.Name, system.Plan with
            {
                Limits = ToLimits(system.Plan.Limits),
                TelemetryFrom = ToTelemetryFrom(),
            }))];
    }

    /// <summary>The plan that the systems share.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public SweepPlan ToSharedPlan() => ToSharedPlan(GetNames());

    /// <summary>The system of <see cref="Stage"/> by the plan of a comparison that was begun.</summary>
    /// <param name="shared">The stored plan.</param>
    /// <exception cref="FormatException">An option contradicts the plan, or its text cannot be read.</exception>
    public (string Name, SweepPlan Plan) ToStagePlan(SweepPlan shared)
    {
        // Without a cap of its own the command line has none to contradict; another machine may have the model elsewhere.
        var own = this is { Cap: null } ? shared.Cap : ToCaps()[0];
        if (PlanConflicts.Find(ToPlanFields(this, own, shared), ToPlanFields(new CompareOptions(), shared.Cap, shared), shared)
            is [_, ..] conflicts)
            throw new FormatException($"--continue: the comparison's plan has other values for {string.Join(", ", conflicts)}; omit these "
                + "options, or start a new comparison");
        var plan = Target == TargetKind.Embedded ? shared : shared with { Target = Target };
        var system = OptionParser.Parse("--stage", () => SystemPlans.Create(Stage!, plan, CreateTier));
        return (system.System!, system);
    }

    private static SweepPlan ToPlanFields(CompareOptions options, CapPlan? cap, SweepPlan shared)
    {
        var request = options.CreateRequest(cap);
        var plan = SystemPlans.CreateShared("", request);
        return plan with
        {
            Target = shared.Target,
            Method = options.Prefill is null ? shared.Method : plan.Method,
            Limits = options.ToLimits(shared.Limits),
            TelemetryFrom = options.ToTelemetryFrom(),
        };
    }

    private IReadOnlyList<string> GetNames() => this switch
    {
        { Stage: { } stage } => [stage],
        { Systems.Length: > 0 } => Systems,
        _ => SystemPlans.DefaultNames,
    };

    private SweepPlan ToSharedPlan(IReadOnlyList<string> names)
    {
        var plan = SystemPlans.CreateShared(names[0], ToRequest(names));
        return plan with { Limits = ToLimits(plan.Limits), TelemetryFrom = ToTelemetryFrom() };
    }

    private SystemsRequest ToRequest(IReadOnlyList<string> names)
    {
        var caps = ToCaps();
        if (caps.Count > 1)
            throw new FormatException("--cap, --swap: a comparison has one cap; write one value each");
        if (caps[0] is null && !names.All(SystemPlans.HasOwnTarget))
            throw new FormatException(
                "--cap is missing; write for example --cap 700MiB, or name your own servers with --system NAME=TARGET");
        // Read before the systems, so that an error names this option.
        _ = PrefillOption.ParseMethod(Prefill, Target);
        return CreateRequest(caps[0]);
    }

    private SystemsRequest CreateRequest(CapPlan? cap) => new()
    {
        Target = Target,
        Contexts = OptionParser.Parse("--contexts", () => ContextList.Parse(Contexts)),
        OutputTokens = OutputTokens,
        Repetitions = Repetitions,
        Prefill = Prefill,
        PromptAs = ToPromptForm(),
        Options = ToTargetOptionsWithoutTier(),
        Cap = cap,
        CreateTier = CreateTier,
    };

    private TierPlan CreateTier() => TierOptionParser.Parse(Tier ?? CreateDefaultTierFolder(), TierStorage, TierBandwidth, TierLatency)!;

    private string CreateDefaultTierFolder() =>
        Directory.CreateDirectory(Path.Combine(RunsDirectory.Resolve(Runs), ".tier")).FullName;
}
