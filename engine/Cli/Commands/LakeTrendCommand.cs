using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Lake.Trends;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall lake trend</c>.</summary>
internal sealed class LakeTrendOptions : LakeOptions
{
    [CommandOption("--model <NAME>")]
    [Description("A part of the model's name (default: any)")]
    public string? Model { get; init; }

    [CommandOption("--machine <TEXT>")]
    [Description("A part of the machine's description: processor, cores, RAM, operating system (default: any)")]
    public string? Machine { get; init; }

    [CommandOption("--figure <FIGURE>")]
    [Description("generation, prefill or ttft")]
    [DefaultValue("generation")]
    public string Figure { get; init; } = "generation";

    [CommandOption("--context <N>")]
    [Description("The context, for example 8k (default: the one that most runs have)")]
    public string? Context { get; init; }

    [CommandOption("--method <METHOD>")]
    [Description("How the context is reached: cold, depth, sampled or resume")]
    [DefaultValue("cold")]
    public string Method { get; init; } = "cold";

    [CommandOption("--json")]
    [Description("Write JSON to standard output")]
    public bool Json { get; init; }

    /// <summary>What is asked.</summary>
    /// <exception cref="FormatException">An option is wrong.</exception>
    public TrendQuestion ToQuestion() => new(Model, Machine, Figure switch
    {
        "generation" => ComparedQuantity.GenerationTps,
        "prefill" => ComparedQuantity.PrefillTps,
        "ttft" => ComparedQuantity.TtftSeconds,
        _ => throw new FormatException($"--figure: '{Figure}' is unknown; write generation, prefill or ttft"),
    }, Core.Primitives.EnumNames.TryParse<SweepMethod>(Method, out var method) ? method
        : throw new FormatException($"--method: '{Method}' is unknown; write cold, depth, sampled or resume"),
        Context is null ? null : OptionParser.Parse("--context", () => TokenCount.Parse(Context)).Value);
}

/// <summary><c>memwall lake trend</c>: a figure over the runs of a lake, and from which run on it changed.</summary>
internal sealed class LakeTrendCommand : AsyncCommand<LakeTrendOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, LakeTrendOptions options, CancellationToken cancellationToken)
    {
        var answer = await LakeTrend.ComputeAsync(options.OpenExisting(), options.ToQuestion(), cancellationToken).ConfigureAwait(false);
        if (options.Json)
            Console.Out.WriteLine(ToJson(answer).ToJsonString(FactsJson.Indented));
        else if (answer.Trend is { } trend)
            TrendWriter.Write(Terminal.Out, trend, TrendPhrases.FormatLeftOut(answer.OtherSetups, answer.Without));
        else
            Terminal.Error.WriteLine(TrendPhrases.FormatNothing(options.Model, options.Machine));
        return LakeProblemWriter.Write(Terminal.Error, answer.Problems);
    }

    private static JsonObject ToJson(TrendAnswer answer) => new()
    {
        ["figure"] = JsonSerializer.SerializeToNode(answer.Trend?.Figure, FactsJson.SingleLine),
        ["runs"] = new JsonArray([.. answer.Trend?.Runs.Select(run => new JsonObject
        {
            ["run_id"] = run.Manifest.RunId,
            ["started_utc"] = run.Manifest.StartedUtc,
            ["value"] = run.Value,
            ["trials"] = run.Trials,
        }) ?? []]),
        ["changes"] = new JsonArray([.. answer.Trend?.Changes.Select(change => new JsonObject
        {
            ["from_run"] = change.First.Manifest.RunId,
            ["p"] = change.PValue,
            ["finding"] = JsonSerializer.SerializeToNode(change.Finding, FactsJson.SingleLine),
            ["updates"] = JsonSerializer.SerializeToNode(change.Updates, FactsJson.SingleLine),
        }) ?? []]),
        ["findings"] = JsonSerializer.SerializeToNode(answer.Trend is { } trend ? TrendPhrases.Format(trend) : [], FactsJson.SingleLine),
        ["other_setups"] = answer.OtherSetups,
        ["without_figure"] = answer.Without,
    };
}
