using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Runs.Json;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall runs compare</c>.</summary>
internal sealed class RunsCompareOptions : RunStoreOptions
{
    [CommandArgument(0, "<FIRST>")]
    [Description("The run to compare with: " + RunArgument.Meaning)]
    public string First { get; init; } = "";

    [CommandArgument(1, "<SECOND>")]
    [Description("The run to compare, named in the same way")]
    public string Second { get; init; } = "";

    [CommandOption("--margin <SHARE>")]
    [Description("Rates within this share, for example 2%, count as the same; without it, only differences can be shown")]
    public string? Margin { get; init; }
}

/// <summary><c>memwall runs compare</c>: ratios of two runs with their intervals.</summary>
internal sealed class RunsCompareCommand : Command<RunsCompareOptions>
{
    public override int Execute(CommandContext context, RunsCompareOptions options, CancellationToken cancellationToken)
    {
        var margin = OptionParser.ParseShare("--margin", options.Margin);
        var store = options.OpenStore();
        var (first, second) = (RunArgument.Read(store, "FIRST", options.First), RunArgument.Read(store, "SECOND", options.Second));
        var comparison = Comparison.Compare(RunReport.Create(first), RunReport.Create(second), margin);
        if (options.Json)
        {
            var json = JsonSerializer.SerializeToNode(comparison, FactsJson.SingleLine)!.AsObject();
            json.Insert(0, "first", first.Manifest.RunId);
            json.Insert(1, "second", second.Manifest.RunId);
            Console.Out.WriteLine(json.ToJsonString(FactsJson.Indented));
        }
        else
        {
            RunComparisonWriter.Write(Terminal.Out, first.Manifest, second.Manifest, comparison);
        }
        return ExitCodes.Success;
    }
}
