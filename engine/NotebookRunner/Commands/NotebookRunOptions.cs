using System.ComponentModel;
using Spectre.Console.Cli;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary>The options of <c>memwall notebook run</c>.</summary>
internal sealed class NotebookRunOptions : CommandSettings
{
    [CommandArgument(0, "<NOTEBOOK>")]
    [Description("The notebook to execute; its folder is the working folder")]
    public string Notebook { get; init; } = "";

    [CommandOption("-p|--parameter <NAME=VALUE>")]
    [Description("Set a variable of the cell tagged 'parameters'; may be given more than once. Values of a list have commas between them")]
    public string[] Parameters { get; init; } = [];

    [CommandOption("--run <RUN>")]
    [Description("The run that the notebook shows; may be given more than once where it shows several")]
    public string[] Runs { get; init; } = [];

    [CommandOption("-o|--output <FILE>")]
    [Description("Where the executed notebook is written (default: in place)")]
    public string? Output { get; init; }

    [CommandOption("--timeout <SECONDS>")]
    [Description("Limit for each cell (default 3600; 0 for none)")]
    [DefaultValue(3600.0)]
    public double CellTimeoutSeconds { get; init; }

    [CommandOption("--strip")]
    [Description("Write the notebook without outputs: it is only seen whether it runs")]
    public bool Strip { get; init; }

    [CommandOption("--parent-stdin", IsHidden = true)]
    [Description("Stop when the standard input ends")]
    public bool ParentStandardInput { get; init; }
}
