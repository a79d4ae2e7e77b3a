using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis.Walls;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Runs;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall wall</c>.</summary>
internal sealed class WallOptions : MeasureOptions
{
    // A sampled trial computes one batch; beyond the wall a large one would take minutes before the first token.
    private const int SyntheticDepthBatchTokens = 64;

    // Ending a trial that thrashes is the point of a limit here: its partial rate stays as an upper bound.
    private static readonly PhaseLimits s_defaultLimits = new()
    {
        Load = TimeSpan.FromMinutes(5),
        Prefill = TimeSpan.FromMinutes(20),
        Generation = TimeSpan.FromSeconds(45),
        Silence = TimeSpan.FromMinutes(2),
    };

    [CommandOption("--from <TOKENS>")]
    [Description("The first context; from there contexts double until memory gives way")]
    [DefaultValue("2k")]
    public string From { get; init; } = "2k";

    [CommandOption("--to <TOKENS>")]
    [Description("The largest context to be tried (default: what the model takes)")]
    public string? To { get; init; }

    [CommandOption("--tolerance <PERCENT>")]
    [Description("How narrow the edge is to be, in percent of the context, but not below 256 tokens")]
    [DefaultValue(2.0)]
    public double Tolerance { get; init; } = 2;

    [CommandOption("-n|--output-tokens <COUNT>")]
    [Description("Output tokens of each trial, 2 or more")]
    [DefaultValue(16)]
    public int OutputTokens { get; init; } = 16;

    [CommandOption("--depth <METHOD>")]
    [Description("sampled: fill the KV cache without computing the prompt but for one batch (64 tokens unless --batch says otherwise), and generate for real (embedded server); computed: prefill every prompt. Default: sampled where the target can")]
    public string? Prefill { get; init; }

    [CommandOption("--seed <NUMBER>")]
    [Description("Seed of the prompts' words")]
    [DefaultValue(1)]
    public int Seed { get; init; } = 1;

    /// <summary>The plan that the options describe.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public SweepPlan ToPlan()
    {
        var from = ParseOption("--from", () => TokenCount.Parse(From));
        var method = Prefill switch
        {
            "sampled" => SweepMethod.SyntheticDepth,
            "computed" => SweepMethod.Cold,
            null => Target == "embedded" || Target.StartsWith("embedded:", StringComparison.Ordinal)
                ? SweepMethod.SyntheticDepth
                : SweepMethod.Cold,
            _ => throw new FormatException($"--depth: '{Prefill}' is not known; sampled or computed"),
        };
        return new SweepPlan
        {
            Target = Target,
            Contexts = [from],
            OutputTokens = OutputTokens,
            Seed = Seed,
            Method = method,
            // A sampled trial computes one batch.
            Limits = ToLimits(
                method == SweepMethod.SyntheticDepth ? s_defaultLimits with { Prefill = TimeSpan.FromMinutes(2) } : s_defaultLimits),
            Options = method == SweepMethod.SyntheticDepth
                ? ToTargetOptions() with { BatchTokens = Batch ?? SyntheticDepthBatchTokens }
                : ToTargetOptions(),
            Wall = new WallPlan
            {
                FromTokens = from.Value,
                ToTokens = To is null ? null : ParseOption("--to", () => TokenCount.Parse(To)).Value,
                Tolerance = Tolerance / 100,
            },
        };
    }
}

/// <summary><c>memwall wall</c>: finds the context at which memory gives way, once for each cap.</summary>
internal sealed class WallCommand : AsyncCommand<WallOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, WallOptions options, CancellationToken cancellationToken)
    {
        var measured = await MeasurementRunner.RunForEachCapAsync(options.ToPlan(), options, options.ToSettings(), cancellationToken)
            .ConfigureAwait(false);
        var walls = measured.Where(entry => entry.Run is not null).Select(entry => (entry.Run!, Finding: WallAnalysis.Analyze(entry.Run!)))
            .ToList();
        if (options.Json)
            Console.Out.WriteLine(ToJson(measured, walls).ToJsonString(FactsJson.Indented));
        else
            WallReportWriter.Write(Terminal.Out, walls);
        var code = MeasurementRunner.GetExitCode(measured);
        // A trial that dies is what was looked for.
        return code == ExitCodes.TrialsFailed && walls.All(wall => wall.Finding.BeyondTokens is not null) ? ExitCodes.Success : code;
    }

    private static JsonObject ToJson(IReadOnlyList<MeasuredRun> measured, IReadOnlyList<(Run Run, WallAnalysis Finding)> walls) => new()
    {
        ["findings"] = JsonSerializer.SerializeToNode(measured.SelectMany(entry => entry.Result.Findings), FactsJson.SingleLine),
        ["walls"] = new JsonArray([.. walls.Select(wall => (JsonNode)new JsonObject
        {
            ["run_id"] = wall.Run.Manifest.RunId,
            ["cap"] = JsonSerializer.SerializeToNode(wall.Run.Manifest.Plan.Cap, FactsJson.SingleLine),
            ["wall"] = JsonSerializer.SerializeToNode(wall.Finding, FactsJson.SingleLine),
        })]),
    };
}
