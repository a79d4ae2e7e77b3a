using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall sweep</c>.</summary>
internal sealed class SweepOptions : MeasureOptions
{
    [CommandOption("-c|--contexts <LIST>")]
    [Description("Prompt tokens: 2k,8k,32k or 2k..128k*2 or 1k..4k+512 (k = 1024)")]
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
    [Description("Trials before the first measured one, at the smallest context; stored, never averaged. auto: until one is no longer much faster than the one before, 2 to 8")]
    [DefaultValue("1")]
    public string Warmups { get; init; } = "1";

    [CommandOption("--concurrency <LIST>")]
    [Description("Streams at once, one level after the other: 1,2,4,8")]
    [DefaultValue("1")]
    public string Concurrency { get; init; } = "1";

    [CommandOption("--method <METHOD>")]
    [Description("cold (each context computes its whole prompt), depth (one prompt grows through all), sampled (depth taken without computing), auto (depth with cold referees where the target can), resume (each context computed, then taken up from the KV cache saved to storage; needs --tier, or a llama-server with --slot-save-path)")]
    [DefaultValue("cold")]
    public string Method { get; init; } = "cold";

    [CommandOption("--order <ORDER>")]
    [Description("shuffled, ascending or as-given")]
    [DefaultValue("shuffled")]
    public string Order { get; init; } = "shuffled";

    [CommandOption("--seed <NUMBER>")]
    [Description("Seed of the order and of the prompts' words")]
    [DefaultValue(1)]
    public int Seed { get; init; } = 1;

    [CommandOption("--document <FILE>")]
    [Description("Make the prompts from this text file instead of words of the vocabulary")]
    public string? Document { get; init; }

    [CommandOption("--warm-prefix")]
    [Description("Let the target use its prompt cache, on purpose; such trials are labelled")]
    public bool WarmPrefix { get; init; }

    [CommandOption("--adaptive")]
    [Description("After the plan's trials, place further ones where the crossover is least known, until it is known to 5%; it must lie between the contexts")]
    public bool Adaptive { get; init; }

    [CommandOption("--precision <SHARE>")]
    [Description("Repeat until the rates of every context are known this well, 2%, or the budget is spent")]
    public string? Precision { get; init; }

    [CommandOption("--budget <TIME>")]
    [Description("The time that trials may take in all, with --precision (default 10m)")]
    public string? Budget { get; init; }

    [CommandOption("--slo <LIMIT>")]
    [Description("A latency limit, ttft=2s,itl=100ms: says the largest context that meets it")]
    public string? Slo { get; init; }

    [CommandOption("--server-pid <ID>")]
    [Description("The process of a foreign server, to be watched with its children where its port does not tell (containers, tunnels, other users)")]
    public int? ServerPid { get; init; }

    [CommandOption("--resume <RUN>")]
    [Description("Finish what is missing of a stored run; its own plan is used")]
    public string? Resume { get; init; }

    /// <summary>The plan that the options describe.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public SweepPlan ToPlan() => new()
    {
        Target = Target,
        Contexts = ParseOption("--contexts", () => ContextList.Parse(Contexts)),
        OutputTokens = OutputTokens,
        Repetitions = Repetitions,
        Warmups = Warmups == "auto" ? 0
            : int.TryParse(Warmups, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var warmups)
                ? warmups
                : throw new FormatException($"--warmups: '{Warmups}' is neither a number nor auto"),
        WarmupsUntilSettled = Warmups == "auto",
        Concurrency = ParseOption("--concurrency", () => ParseConcurrency(Concurrency)),
        Seed = Seed,
        Order = Order switch
        {
            "shuffled" => TrialOrder.Shuffled,
            "ascending" => TrialOrder.Ascending,
            "as-given" => TrialOrder.AsGiven,
            _ => throw new FormatException($"--order: '{Order}' is not known; one of shuffled, ascending, as-given"),
        },
        Limits = ToLimits(new PhaseLimits()),
        Options = ToTargetOptions(),
        Crossover = Adaptive ? new CrossoverPlan() : null,
        Precision = ToPrecisionPlan(),
        PromptKind = Document is null ? PromptKind.Words : PromptKind.Document,
        DocumentPath = Document is null ? null : Path.GetFullPath(Document),
        Method = Method switch
        {
            "cold" => SweepMethod.Cold,
            "depth" => SweepMethod.IncrementalDepth,
            "sampled" => SweepMethod.SyntheticDepth,
            "auto" => SweepMethod.Auto,
            "resume" => SweepMethod.Resume,
            _ => throw new FormatException($"--method: '{Method}' is not known; one of cold, depth, sampled, auto, resume"),
        },
        WarmPrefix = WarmPrefix,
    };

    /// <summary>What was asked for on the command line and is not so in a plan that is finished: nothing is left out without a
    /// word.</summary>
    /// <param name="stored">The stored run's plan.</param>
    public IReadOnlyList<string> FindConflicts(SweepPlan stored)
    {
        var (asked, usual, own) = (ToFields(ToPlan()), ToFields(new SweepOptions().ToPlan()), ToFields(stored));
        return [.. asked.Where(
            field => field.Value != usual.GetValueOrDefault(field.Key) && field.Value != own.GetValueOrDefault(field.Key))
            .Select(field => field.Key.Replace('_', ' ')), .. Cap is null ? Array.Empty<string>() : ["cap"]];
    }

    // The target's options are fields of their own, so that one of them can be named.
    private static Dictionary<string, string> ToFields(SweepPlan plan) =>
        JsonSerializer.SerializeToElement(plan, FactsJson.SingleLine).EnumerateObject()
        .SelectMany(field => field.Name == "options" ? field.Value.EnumerateObject() : Enumerable.Repeat(field, 1))
        .ToDictionary(field => field.Name, field => field.Value.GetRawText());

    private PrecisionPlan? ToPrecisionPlan()
    {
        var budget = OptionParser.ParseDuration("--budget", Budget);
        return (OptionParser.ParseShare("--precision", Precision), budget) switch
        {
            (null, null) => null,
            (null, _) => throw new FormatException("--budget: it limits --precision, which is not given"),
            ({ } tolerance, null) => new PrecisionPlan { Tolerance = tolerance },
            ({ } tolerance, { } time) => new PrecisionPlan { Tolerance = tolerance, Budget = time },
        };
    }

    private static IReadOnlyList<int> ParseConcurrency(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var level)
                ? level
                : throw new FormatException($"'{part}' is not a number of streams; write for example 1,2,4"))
            .Distinct()
            .ToList();
}
