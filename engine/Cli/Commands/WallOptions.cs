using System.ComponentModel;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Sweeps.Plans;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall wall</c>.</summary>
internal sealed class WallOptions : MeasureOptions
{
    [CommandOption("--from <TOKENS>")]
    [Description("The first context; from there contexts double until they no longer fit in memory")]
    [DefaultValue("2k")]
    public string From { get; init; } = "2k";

    [CommandOption("--to <TOKENS>")]
    [Description("The largest context to try (default: what the model supports)")]
    public string? To { get; init; }

    [CommandOption("--tolerance <PERCENT>")]
    [Description("Stop when the wall is known to this share of the context, in percent (never below 256 tokens)")]
    [DefaultValue(2.0)]
    public double Tolerance { get; init; } = 2;

    [CommandOption("-n|--output-tokens <COUNT>")]
    [Description("Output tokens of each trial, 2 or more")]
    [DefaultValue(WallSearchPlans.OutputTokens)]
    public int OutputTokens { get; init; } = WallSearchPlans.OutputTokens;

    [CommandOption("--prefill <MODE>")]
    [Description(PrefillOption.Meaning
        + " A batch is 64 tokens without --batch. Default: synthetic for the embedded server, else computed")]
    public string? Prefill { get; init; }

    [CommandOption("--seed <NUMBER>")]
    [Description("Seed of the prompts")]
    [DefaultValue(1)]
    public int Seed { get; init; } = 1;

    /// <summary>The plan that the options describe.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public SweepPlan ToPlan()
    {
        var from = OptionParser.Parse("--from", () => TokenCount.Parse(From));
        var method = PrefillOption.ParseMethod(Prefill, Target);
        var wall = new WallPlan
        {
            FromTokens = from.Value,
            ToTokens = To is null ? null : OptionParser.Parse("--to", () => TokenCount.Parse(To)).Value,
            Tolerance = Tolerance / 100,
        };
        return WallSearchPlans.Create(Target, wall, method, ToTargetOptions()) with
        {
            OutputTokens = OutputTokens,
            PromptAs = ToPromptForm(),
            Seed = Seed,
            Limits = ToLimits(WallSearchPlans.GetLimits(method)),
            TelemetryFrom = ToTelemetryFrom(),
        };
    }
}
