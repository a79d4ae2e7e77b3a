using System.ComponentModel;
using MemoryWall.Charts;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Lake;
using MemoryWall.Reporting.Schema;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall schema</c>.</summary>
internal sealed class SchemaOptions : CommandSettings
{
    [CommandArgument(0, "[TABLE]")]
    [Description("One table, for example trials.csv (default: all)")]
    public string? Table { get; init; }

    [CommandOption("--markdown")]
    [Description("The tables as data/README.md contains them")]
    public bool Markdown { get; init; }
}

/// <summary><c>memwall schema</c>: the columns of stored files and data frames, with their meaning.</summary>
internal sealed class SchemaCommand : Command<SchemaOptions>
{
    public override int Execute(CommandContext context, SchemaOptions options, CancellationToken cancellationToken)
    {
        List<SchemaTable> all = [.. SchemaTables.All, .. LakeSchema.Tables];
        var tables = all.Where(table => options.Table is null || table.Name == options.Table).ToList();
        if (tables.Count == 0)
        {
            Terminal.Error.WriteLine(
                $"There is no table '{options.Table}'. The tables are {string.Join(", ", all.Select(table => table.Name))}.");
            return ExitCodes.Usage;
        }
        foreach (var table in tables)
        {
            if (options.Markdown)
                Console.Out.WriteLine(SchemaMarkdown.Format(table) + "\n");
            else
                Write(table);
        }
        if (options.Markdown && options.Table is null)
            Console.Out.WriteLine(SchemaMarkdown.FormatTypes(LakeSchema.TrialTypes, LakeSchema.TypesOfTrials));
        return ExitCodes.Success;
    }

    private static void Write(SchemaTable table)
    {
        Terminal.Out.WriteLine(table.Name);
        TerminalTable.Write(Terminal.Out, new TextTable(
            [new("name", IsNumber: false), new("unit", IsNumber: false), new("meaning", IsNumber: false),
                new("absent means", IsNumber: false)],
            [.. table.Fields.Select(field => (string[])[field.Name, field.Unit, field.Meaning, field.Absent])]));
    }
}
