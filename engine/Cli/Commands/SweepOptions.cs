using System.ComponentModel;
using System.Globalization;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall sweep</c>.</summary>
internal sealed class SweepOptions : MeasureOptions
{
    [CommandOption("-c|--contexts <LIST>")]
    [Description("Prompt tokens: 2k,8k,32k, 2k..128k*2 or 1k..4k+512 (k = 1024)")]
    [DefaultValue("2k,8k,32k")]
    public string Contexts { get; init; } = "2k,8k,32k";

    [CommandOption("-n|--output-tokens <COUNT>")]
    [Description("Output tokens of each trial, 2 or more")]
    [DefaultValue(64)]
    public int OutputTokens { get; init; } = 64;

    [CommandOption("-r|--repetitions <COUNT>")]
    [Description("Trials at each context")]
    [DefaultValue(1)]
    public int Repetitions { get; init; } = 1;

    [CommandOption("--warmups <COUNT>")]
    [Description("Warm-up trials at the smallest context, stored but never averaged. auto: 2 to 8, until they get no faster")]
    [DefaultValue("1")]
    public string Warmups { get; init; } = "1";

    [CommandOption("--concurrency <LIST>")]
    [Description("Concurrent requests, one level after the other: 1,2,4,8")]
    [DefaultValue("1")]
    public string Concurrency { get; init; } = "1";

    [CommandOption("--method <METHOD>")]
    [Description("cold (each context computes its whole prompt), incremental (one prompt grows through all contexts), resume (each KV "
        + "cache is saved and loaded from storage), or auto; see memwall help methods. Default: cold, or incremental with "
        + "--prefill synthetic")]
    public string? Method { get; init; }

    [CommandOption("--prefill <MODE>")]
    [Description(PrefillOption.Meaning + " Default: computed")]
    public string? Prefill { get; init; }

    [CommandOption("--order <ORDER>")]
    [Description("Order of the trials: shuffled, ascending or as-given")]
    [DefaultValue("shuffled")]
    public string Order { get; init; } = "shuffled";

    [CommandOption("--seed <NUMBER>")]
    [Description("Seed of the order and of the prompts")]
    [DefaultValue(1)]
    public int Seed { get; init; } = 1;

    [CommandOption("--document <FILE>")]
    [Description("Make the prompts from this text file instead of words from the vocabulary")]
    public string? Document { get; init; }

    [CommandOption("--warm-prefix")]
    [Description("Let the target use its prompt cache; such trials are labelled")]
    public bool WarmPrefix { get; init; }

    [CommandOption("--adaptive")]
    [Description("Add trials until the crossover, where generation takes as long as prefill, is known to 5%; it must be between two of the "
        + "contexts")]
    public bool Adaptive { get; init; }

    [CommandOption("--precision <SHARE>")]
    [Description("Repeat until the rates at every context are known to this share, for example 2%, or --budget is spent")]
    public string? Precision { get; init; }

    [CommandOption("--budget <TIME>")]
    [Description("Total time of the trials with --precision (default 10m)")]
    public string? Budget { get; init; }

    [CommandOption("--slo <LIMIT>")]
    [Description("Report the largest context that meets this latency limit: ttft=2s,itl=100ms")]
    public string? Slo { get; init; }

    [CommandOption("--server-pid <ID>")]
    [Description("Process of an external server, where its port does not show it (containers, tunnels, other users)")]
    [Example(4711)]
    public int? ServerPid { get; init; }

    [CommandOption("--resume <RUN>")]
    [Description("Finish a stored run by its own plan: its id or a unique beginning of it, or latest")]
    public string? Resume { get; init; }

    [CommandOption("--trust")]
    [Description("Resume a run that another user began, although its plan reads files or contacts a server; without it the command "
        + "says which")]
    public bool Trust { get; init; }

    /// <summary>The plan that the options describe.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public SweepPlan ToPlan() => ToPlan(OptionParser.Parse("--warmups", () => WarmupCount.Parse(Warmups)));

    private SweepPlan ToPlan(WarmupCount warmups) => new()
    {
        Target = Target,
        Contexts = OptionParser.Parse("--contexts", () => ContextList.Parse(Contexts)),
        OutputTokens = OutputTokens,
        Repetitions = Repetitions,
        Warmups = warmups.Count,
        WarmupsUntilSettled = warmups.UntilSettled,
        Concurrency = OptionParser.Parse("--concurrency", () => ParseConcurrency(Concurrency)),
        Seed = Seed,
        Order = Order switch
        {
            "shuffled" => TrialOrder.Shuffled,
            "ascending" => TrialOrder.Ascending,
            "as-given" => TrialOrder.AsGiven,
            _ => throw new FormatException($"--order: '{Order}' is unknown; write shuffled, ascending or as-given"),
        },
        Limits = ToLimits(new PhaseLimits()),
        Options = ToTargetOptions(),
        Crossover = Adaptive ? new CrossoverPlan() : null,
        Precision = ToPrecisionPlan(),
        PromptKind = Document is null ? PromptKind.Words : PromptKind.Document,
        DocumentPath = Document is null ? null : Path.GetFullPath(Document),
        PromptAs = ToPromptForm(),
        Method = SweepMethodOption.Parse(Method, Prefill),
        WarmPrefix = WarmPrefix,
        TelemetryFrom = ToTelemetryFrom(),
    };

    /// <summary>The fields that the command line sets and a stored plan has other values for.</summary>
    /// <param name="stored">The stored run's plan.</param>
    public IReadOnlyList<string> FindConflicts(SweepPlan stored)
    {
        var conflicts = PlanConflicts.Find(ToPlan(), new SweepOptions().ToPlan(), stored);
        return Cap is null ? conflicts : [.. conflicts, "cap"];
    }

    private PrecisionPlan? ToPrecisionPlan()
    {
        var budget = OptionParser.ParseDuration("--budget", Budget);
        return (OptionParser.ParseShare("--precision", Precision), budget) switch
        {
            (null, null) => null,
            (null, _) => throw new FormatException("--budget needs --precision; for example --precision 2%"),
            ({ } tolerance, null) => new PrecisionPlan { Tolerance = tolerance },
            ({ } tolerance, { } time) => new PrecisionPlan { Tolerance = tolerance, Budget = time },
        };
    }

    private static IReadOnlyList<int> ParseConcurrency(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var level)
                ? level
                : throw new FormatException($"'{part}' is not a whole number; for example --concurrency 1,2,4"))
            .Distinct()
            .ToList();
}
