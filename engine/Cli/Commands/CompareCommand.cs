using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis.Walls;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall compare</c>.</summary>
internal sealed class CompareSystemsOptions : MeasureOptions
{
    private const string Managed = "managed";

    // What thrashes is stopped: its partial rate stays as an upper bound.
    private static readonly PhaseLimits s_defaultLimits = new()
    {
        Load = TimeSpan.FromMinutes(5),
        Prefill = TimeSpan.FromMinutes(20),
        Generation = TimeSpan.FromSeconds(60),
        Silence = TimeSpan.FromMinutes(2)
    };

    [CommandOption("-c|--contexts <LIST>")]
    [Description("Prompt tokens: 4k,8k,16k or 4k..32k*2")]
    [DefaultValue("4k,8k,16k,24k")]
    public string Contexts { get; init; } = "4k,8k,16k,24k";

    [CommandOption("-n|--output-tokens <COUNT>")]
    [Description("Output tokens of each trial, 2 or more")]
    [DefaultValue(16)]
    public int OutputTokens { get; init; } = 16;

    [CommandOption("-r|--repetitions <COUNT>")]
    [Description("Trials at each context and system; intervals need 2 or more")]
    [DefaultValue(1)]
    public int Repetitions { get; init; } = 1;

    [CommandOption("--system <NAME[=TARGET]>")]
    [Description("A system to compare: standard, standard-no-swap, kv-q8_0, kv-q4_0, managed, managed@RATE[[,LATENCY]] (its storage slowed down to 550MB/s,100us), all under --cap; uncapped; or NAME=TARGET for a server of yours; may be given more than once. Default: the first five")]
    public string[] Systems { get; init; } = [];

    [CommandOption("--depth <METHOD>")]
    [Description("sampled: fill the KV cache without computing the prompt, and generate for real (embedded server); computed: prefill every prompt. Default: sampled for the embedded server")]
    public string? Prefill { get; init; }

    /// <summary>The systems, each with its plan.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public IReadOnlyList<(string Name, SweepPlan Plan)> ToSystemPlans()
    {
        var names = Systems.Length > 0 ? Systems : ["standard", "standard-no-swap", "kv-q8_0", "kv-q4_0", "managed"];
        var caps = ToCaps();
        if (caps.Count > 1)
            throw new FormatException("--cap, --swap: a comparison runs under one cap; the systems differ in what they do within it");
        var plans = names.Select(name => (Name: name.Split('=')[0], Plan: CreatePlan(name, caps[0]))).ToList();
        return plans.DistinctBy(plan => plan.Name).Count() == plans.Count
            ? plans
            : throw new FormatException("--system: two systems have the same name");
    }

    private SweepPlan CreatePlan(string system, CapPlan? cap)
    {
        var name = system.Split('=', 2)[0];
        var target = system.Contains('=', StringComparison.Ordinal) ? system.Split('=', 2)[1] : null;
        var isEmbedded = (target ?? Target) is var address
            && (address == "embedded" || address.StartsWith("embedded:", StringComparison.Ordinal));
        var method = Prefill switch
        {
            null => isEmbedded ? SweepMethod.SyntheticDepth : SweepMethod.Cold,
            "sampled" => SweepMethod.SyntheticDepth,
            "computed" => SweepMethod.Cold,
            _ => throw new FormatException($"--depth: '{Prefill}' is not known; sampled or computed"),
        };
        var options = ToTargetOptionsWithoutTier();
        var plan = new SweepPlan
        {
            Target = target ?? Target,
            System = name,
            Contexts = ParseOption("--contexts", () => ContextList.Parse(Contexts)),
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
                    "--cap: what the systems are compared under is missing; give for example --cap 700MiB, or name servers with --system NAME=TARGET")
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
            // What the tier manages must not be swapped behind its back.
            _ when name == Managed || name.StartsWith(Managed + "@", StringComparison.Ordinal) =>
                plan with { Cap = plan.Cap! with { SwapBytes = 0 }, Options = options with { Tier = CreateTierPlan(name) } },
            _ => throw new FormatException(
                $"--system: '{name}' is not known; standard, standard-no-swap, kv-q8_0, kv-q4_0, managed, managed@RATE, uncapped, or NAME=TARGET"),
        };
    }

    private TierPlan CreateTierPlan(string system) => system.Split('@', 2) is [_, var device]
        ? TierOptionParser.Parse(Tier ?? DefaultTierFolder(), TierStorage, device.Split(',')[0],
            device.Split(',', 2) is [_, var latency] ? latency : null)!
        : TierOptionParser.Parse(Tier ?? DefaultTierFolder(), TierStorage, TierBandwidth, TierLatency)!;

    private string DefaultTierFolder() => Directory.CreateDirectory(Path.Combine(RunsDirectory.Resolve(Runs), ".tier")).FullName;
}

/// <summary><c>memwall compare</c>: systems in turn over the same contexts, at the same cap.</summary>
internal sealed class CompareCommand : AsyncCommand<CompareSystemsOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, CompareSystemsOptions options, CancellationToken cancellationToken)
    {
        var (measured, comparison) = await CompareAsync(options, options.ToSettings(), cancellationToken).ConfigureAwait(false);
        if (options.Json)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["findings"] = JsonSerializer.SerializeToNode(measured.SelectMany(entry => entry.Result.Findings), FactsJson.SingleLine),
                ["systems"] = JsonSerializer.SerializeToNode(comparison.Systems, FactsJson.SingleLine),
                ["gains"] = JsonSerializer.SerializeToNode(comparison.Gains, FactsJson.SingleLine),
                ["sentences"] = JsonSerializer.SerializeToNode(comparison.Sentences, FactsJson.SingleLine),
            }.ToJsonString(FactsJson.Indented));
        }
        else
        {
            SystemsComparisonWriter.Write(Terminal.Out, comparison);
        }
        var code = MeasurementRunner.GetExitCode(measured);
        // A system that dies is what a comparison is made to show, as long as another one lives.
        return code == ExitCodes.TrialsFailed && comparison.Systems.Any(system => system.Cells.All(cell => cell.IsUsable))
            ? ExitCodes.Success
            : code;
    }

    /// <summary>Runs the systems in turn.</summary>
    public static async Task<(IReadOnlyList<MeasuredRun> Measured, SystemsComparison Comparison)> CompareAsync(
        CompareSystemsOptions options, SweepSettings settings, CancellationToken cancellationToken)
    {
        var systems = options.ToSystemPlans();
        await using var swap = await SwapFileScope.OpenAsync(options.WithSwapFile, settings.RunsDirectory, cancellationToken)
            .ConfigureAwait(false);
        var turns = new RoundRobinScheduler();
        var places = systems.Select(_ => turns.Join()).ToList();
        var results = await Task.WhenAll(
            systems.Select(
                (system, i) =>
                    Task.Run(() => RunAsync(system.Name, system.Plan, settings with { RoundRobin = places[i] }, cancellationToken))))
                    .ConfigureAwait(false);
        var measured = results.Select(
            result => new MeasuredRun(result, result.RunId is null ? null : new RunStore(settings.RunsDirectory).Read(result.RunId)))
            .ToList();
        return (measured, SystemsComparison.Compare([.. measured.Select(entry => entry.Run).OfType<Run>()]));
    }

    private static async Task<SweepResult> RunAsync(string name, SweepPlan plan, SweepSettings settings, CancellationToken cancellation)
    {
        using var place = settings.RoundRobin;
        var result = await Sweeper.RunAsync(plan, settings, new ConsoleSweepObserver(line => LogLine(name, line)), cancellation)
            .ConfigureAwait(false);
        foreach (var finding in result.Findings)
            LogLine(name, $"{(finding.StopsTheRun ? "cannot run" : "note")}: {finding}");
        if (result.Problem is not null)
            LogLine(name, result.Problem);
        return result;
    }

    private static void LogLine(string name, string line)
    {
        lock (Terminal.Error)
            Terminal.Error.WriteLine($"{name}: {line}");
    }
}
