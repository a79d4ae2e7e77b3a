using System.ComponentModel;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Prompts;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Plans;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall sessions</c>.</summary>
internal sealed class SessionsOptions : MeasureOptions
{
    [CommandOption("-u|--users <LIST>")]
    [Description("Numbers of users, one level after the other: 1,2,4,8; or auto, which searches for the most that keep within --slo, from "
        + "1 to 64 or as auto:4..32 says")]
    [DefaultValue("1,2,4,8")]
    public string Users { get; init; } = "1,2,4,8";

    [CommandOption("--turns <COUNT>")]
    [Description("Turns of each conversation")]
    [DefaultValue(6)]
    public int Turns { get; init; } = 6;

    [CommandOption("--first <TOKENS>")]
    [Description("Prompt tokens of the first turn")]
    [DefaultValue("2k")]
    public string First { get; init; } = "2k";

    [CommandOption("--grow <TOKENS>")]
    [Description("New tokens of each later turn, which sends all before it too")]
    [DefaultValue("512")]
    public string Grow { get; init; } = "512";

    [CommandOption("--answer <TOKENS>")]
    [Description("Tokens of each answer, 2 or more")]
    [DefaultValue(64)]
    public int Answer { get; init; } = 64;

    [CommandOption("--think <TIME>")]
    [Description("Pause between an answer and the user's next turn, for example 2s. Users then run concurrently")]
    public string? Think { get; init; }

    [CommandOption("--order <ORDER>")]
    [Description("round-robin and random send one request at a time; bursty sends the turns of all users at once")]
    [DefaultValue("round-robin")]
    public string Order { get; init; } = "round-robin";

    [CommandOption("--shared-prefix <TOKENS>")]
    [Description("Tokens with which all conversations begin, such as a system prompt (default 0)")]
    public string? SharedPrefix { get; init; }

    [CommandOption("--system <NAME[=TARGET]>")]
    [Description("A system to compare, repeatable. Of the embedded server: recompute, ram, tier (what it does with the KV cache of a "
        + "conversation that another one replaces); or NAME=TARGET for your own server. Default for the embedded server: recompute "
        + "and ram, and tier with --tier")]
    public string[] Systems { get; init; } = [];

    [CommandOption("-r|--repetitions <COUNT>")]
    [Description("Repetitions of each level; a difference needs 5 or more")]
    [DefaultValue(1)]
    public int Repetitions { get; init; } = 1;

    [CommandOption("--warmups <COUNT>")]
    [Description("Short requests before each level, stored but never averaged")]
    [DefaultValue(1)]
    public int Warmups { get; init; } = 1;

    [CommandOption("--seed <NUMBER>")]
    [Description("Seed of a random order")]
    [DefaultValue(1)]
    public int Seed { get; init; } = 1;

    [CommandOption("--slo <LIMIT>")]
    [Description("Latency limit for the users wall: ttft=2s, of which 95% of the turns must be within")]
    public string? Slo { get; init; }

    [CommandOption("--verify")]
    [Description("Give your own servers the same texts, so that their answers can be compared; the systems of the embedded server always "
        + "have them")]
    public bool Verify { get; init; }

    [CommandOption("--needle")]
    [Description("Hide numbers in each first turn, and let each turn ask for one: how many come back, for each context and system. For "
        + "models that can answer; all systems get the same texts")]
    public bool Needle { get; init; }

    [CommandOption("--trace <FILE>")]
    [Description("Replay a recorded trace (JSON lines in Mooncake's format) instead of turns")]
    public string? Trace { get; init; }

    [CommandOption("--requests <COUNT>")]
    [Description("Requests from the start of the trace (default 200)")]
    [Example(200)]
    public int? Requests { get; init; }

    [CommandOption("--scale-context <FACTOR>")]
    [Description("Shorten the trace's blocks and answers, for example 1/16")]
    public string? ScaleContext { get; init; }

    [CommandOption("--speed <FACTOR>")]
    [Description("Let the trace's requests arrive faster than recorded, for example 10x")]
    public string? Speed { get; init; }

    [CommandOption("--server-pid <ID>")]
    [Description("Process of an external server, where its port does not show it (containers, tunnels, other users)")]
    [Example(4711)]
    public int? ServerPid { get; init; }

    [CommandOption("--resume <RUN>")]
    [Description("Finish a stored run by its own plan. A level that was interrupted is measured again from its beginning")]
    public string? Resume { get; init; }

    [CommandOption("--trust")]
    [Description("Resume a run of another user, although its plan reads files or contacts a server")]
    public bool Trust { get; init; }

    /// <summary>The systems, each with its plan; a single system without a name for a server alone.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public IReadOnlyList<(string Name, SweepPlan Plan)> ToSystemPlans()
    {
        var caps = ToCaps();
        if (caps.Count > 1)
            throw new FormatException("--cap, --swap: systems are compared under one cap; write one value each");
        var shared = ToPlan() with { Cap = caps[0] };
        return OptionParser.Parse("--system", () => SessionPlans.Create(Systems, shared, Tier is not null, Verify || Needle, CreateTier));
    }

    /// <summary>The plan that the systems share.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public SweepPlan ToPlan()
    {
        CheckTraceOptions();
        var turns = ToTurns();
        return Trace is { } path ? SessionPlans.ForTrace(ToBase(), turns, ReadTrace(path)) : SessionPlans.ForTurns(ToBase(), turns);
    }

    private SweepPlan ToBase() => new()
    {
        Target = Target,
        Contexts = [],
        OutputTokens = Answer,
        Repetitions = Repetitions,
        Warmups = Warmups,
        Seed = Seed,
        Order = TrialOrder.AsGiven,
        Method = SweepMethod.Session,
        Limits = ToLimits(new PhaseLimits()),
        Options = ToTargetOptionsWithoutTier(),
        PromptAs = ToPromptForm(),
        TelemetryFrom = ToTelemetryFrom(),
    };

    private SessionPlan ToTurns()
    {
        var search = UsersOption.ParseSearch(Users, OptionParser.ParseSlo(Slo));
        return ToTurns(search is null ? OptionParser.Parse("--users", () => UsersOption.ParseNumbers(Users)) : [search.From]) with
        {
            Search = search,
        };
    }

    private SessionPlan ToTurns(IReadOnlyList<int> users) => new()
    {
        Users = users,
        Turns = Turns,
        FirstTokens = ParseTokens("--first", First),
        GrowTokens = ParseTokens("--grow", Grow),
        HasNeedles = Needle,
        SharedPrefixTokens = SharedPrefix is null or "0" ? 0 : ParseTokens("--shared-prefix", SharedPrefix),
        Think = Think is null or "0" ? TimeSpan.Zero : OptionParser.ParseDuration("--think", Think)!.Value,
        Order = Order switch
        {
            "round-robin" => SessionOrder.RoundRobin,
            "random" => SessionOrder.Random,
            "bursty" => SessionOrder.Bursty,
            _ => throw new FormatException($"--order: '{Order}' is unknown; write round-robin, random or bursty"),
        },
    };

    private TracePlan ReadTrace(string path)
    {
        var full = Path.GetFullPath(path);
        try
        {
            return new TracePlan
            {
                Path = full,
                Sha256 = DocumentFile.ComputeSha256(full)
                    ?? throw new FormatException($"--trace: '{path}' is not a regular file"),
                Requests = TraceReader.Read(full, Requests ?? SessionPlans.DefaultRequests).Count,
                ContextScale = ScaleContext is null ? 1 : OptionParser.Parse("--scale-context", () => TraceText.ParseScale(ScaleContext)),
                Speed = Speed is null ? 1 : OptionParser.Parse("--speed", () => TraceText.ParseSpeed(Speed)),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--trace: '{path}' cannot be read: {error.Message}");
        }
    }

    private void CheckTraceOptions()
    {
        if (Trace is null && (Requests is not null || ScaleContext is not null || Speed is not null))
            throw new FormatException("--requests, --scale-context and --speed are for --trace; omit them, or name a trace");
        if (Trace is not null && (Order != "round-robin" || Think is not null || SharedPrefix is not null || Needle))
            throw new FormatException("--trace has its own order and texts; omit --order, --think, --shared-prefix and --needle");
        if (Trace is not null && UsersOption.IsSearch(Users))
            throw new FormatException("--trace has its own users; omit --users auto");
        if (Requests < 1)
            throw new FormatException(FormattableString.Invariant($"--requests: {Requests} is too few; give 1 or more"));
    }

    private TierPlan CreateTier() => TierOptionParser.Parse(Tier ?? CreateDefaultTierFolder(), TierStorage, TierBandwidth, TierLatency)!;

    private string CreateDefaultTierFolder() =>
        Directory.CreateDirectory(Path.Combine(RunsDirectory.Resolve(Runs), ".tier")).FullName;

    private static int ParseTokens(string option, string text) => OptionParser.Parse(option, () => TokenCount.Parse(text).Value);
}
