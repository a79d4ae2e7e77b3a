using System.ComponentModel;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall wall</c>.</summary>
internal sealed class WallOptions : MeasureOptions
{
    // A trial at synthetic depth computes one batch. Beyond the wall a large one takes minutes before the first token.
    private const int SyntheticDepthBatchTokens = 64;

    // The search expects trials that thrash. It stops them early and keeps their partial rate as an upper bound.
    private static readonly PhaseLimits s_defaultLimits = new()
    {
        Load = TimeSpan.FromMinutes(5),
        Prefill = TimeSpan.FromMinutes(20),
        Generation = TimeSpan.FromSeconds(45),
        Silence = TimeSpan.FromMinutes(2),
    };

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
    [DefaultValue(16)]
    public int OutputTokens { get; init; } = 16;

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
        var isSynthetic = method == SweepMethod.SyntheticDepth;
        return new SweepPlan
        {
            Target = Target,
            Contexts = [from],
            OutputTokens = OutputTokens,
            Seed = Seed,
            Method = method,
            Limits = ToLimits(isSynthetic ? s_defaultLimits with { Prefill = TimeSpan.FromMinutes(2) } : s_defaultLimits),
            Options = isSynthetic ? ToTargetOptions() with { BatchTokens = Batch ?? SyntheticDepthBatchTokens } : ToTargetOptions(),
            Wall = new WallPlan
            {
                FromTokens = from.Value,
                ToTokens = To is null ? null : OptionParser.Parse("--to", () => TokenCount.Parse(To)).Value,
                Tolerance = Tolerance / 100,
            },
        };
    }
}
