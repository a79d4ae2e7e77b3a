using System.ComponentModel;
using MemoryWall.Cli.Help;
using MemoryWall.Cli.Host;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall help</c>.</summary>
internal sealed class HelpOptions : CommandSettings
{
    [CommandArgument(0, "[TOPIC]")]
    [Description("The page to print: doubts, exit-codes, experiments, exporters, glossary, methods, outcomes, regimes or targets")]
    public string? Topic { get; init; }
}

/// <summary><c>memwall help</c>: prints a reference page.</summary>
internal sealed class HelpCommand : Command<HelpOptions>
{
    public override int Execute(CommandContext context, HelpOptions options, CancellationToken cancellationToken)
    {
        if (options.Topic is not { } name)
        {
            Terminal.Out.WriteLine("memwall help TOPIC prints a reference page:");
            Terminal.Out.WriteLine();
            Write(HelpTopic.All.Select(page => (page.Name, page.Title)));
            Terminal.Out.WriteLine("memwall COMMAND --help describes a command. When something does not work, start with memwall doctor.");
            return ExitCodes.Success;
        }
        var topic = HelpTopic.All.FirstOrDefault(page => page.Name == name)
            ?? throw new FormatException(
                $"TOPIC: '{name}' is unknown; write {string.Join(" or ", HelpTopic.All.Select(page => page.Name))}");
        Terminal.Out.WriteLine(topic.Title);
        Terminal.Out.WriteLine();
        Write(topic.Rows);
        if (topic.Footer is { } footer)
            Terminal.Out.WriteLine(footer);
        return ExitCodes.Success;
    }

    private static void Write(IEnumerable<(string Term, string Description)> rows)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(2)).AddColumn();
        foreach (var (term, description) in rows)
            grid.AddRow(new Text(term), new Text(description));
        Terminal.Out.Write(grid);
        Terminal.Out.WriteLine();
    }
}
