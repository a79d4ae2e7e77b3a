using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Reporting.Tables;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall experiment schema</c>.</summary>
internal sealed class ExperimentSchemaOptions : CommandSettings
{
}

/// <summary><c>memwall experiment schema</c>: the fields of an experiment's file.</summary>
internal sealed class ExperimentSchemaCommand : Command<ExperimentSchemaOptions>
{
    public override int Execute(CommandContext context, ExperimentSchemaOptions options, CancellationToken cancellationToken)
    {
        TerminalTable.Write(Terminal.Out, ExperimentTables.CreateSchema());
        Terminal.Out.WriteLine("A field of axes has one value or a list of values. data/experiments/ of the project has examples.");
        return ExitCodes.Success;
    }
}
