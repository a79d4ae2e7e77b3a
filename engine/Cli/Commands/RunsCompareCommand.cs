using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Analysis;
using MemoryWall.Cli.Views;
using MemoryWall.Runs;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall runs compare</c>.</summary>
internal sealed class RunsCompareOptions : RunStoreOptions
{
    [CommandArgument(0, "<FIRST>")]
    [Description("The run to compare with: its id, or a beginning of it that no other run shares")]
    public string First { get; init; } = "";

    [CommandArgument(1, "<SECOND>")]
    [Description("The run that is compared")]
    public string Second { get; init; } = "";

    [CommandOption("--margin <SHARE>")]
    [Description("How far apart is still the same, 2%: with it, sameness can be shown and not only a difference")]
    public string? Margin { get; init; }
}

/// <summary><c>memwall runs compare</c></summary>
internal sealed class RunsCompareCommand : Command<RunsCompareOptions>
{
    public override int Execute(CommandContext context, RunsCompareOptions options, CancellationToken cancellationToken)
    {
        var margin = OptionParser.ParseShare("--margin", options.Margin);
        var store = options.OpenStore();
        var (first, second) = (store.Read(options.First, withMarks: false), store.Read(options.Second, withMarks: false));
        var comparison = Comparison.Compare(first, second, margin);
        if (options.Json)
        {
            var json = JsonSerializer.SerializeToNode(comparison, FactsJson.SingleLine)!.AsObject();
            json.Insert(0, "first", first.Manifest.RunId);
            json.Insert(1, "second", second.Manifest.RunId);
            Console.Out.WriteLine(json.ToJsonString(FactsJson.Indented));
        }
        else
        {
            RunComparisonWriter.Write(Terminal.Out, first, second, comparison);
        }
        return ExitCodes.Success;
    }
}
