using System.ComponentModel;
using Spectre.Console.Cli;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary>The options of <c>memwall notebook run</c>.</summary>
internal sealed class NotebookRunOptions : CommandSettings
{
    [CommandArgument(0, "<NOTEBOOK>")]
    [Description("The notebook to execute; its folder is the working directory")]
    public string Notebook { get; init; } = "";

    [CommandOption("-p|--parameter <NAME=VALUE>")]
    [Description("Set a variable of the cell tagged 'parameters'; can be repeated. Separate the values of an array by commas")]
    public string[] Parameters { get; init; } = [];

    [CommandOption("--run <RUN>")]
    [Description("The run that the notebook shows; repeat it if the notebook shows several runs")]
    public string[] Runs { get; init; } = [];

    [CommandOption("-o|--output <FILE>")]
    [Description("Where the executed notebook is written (default: in place)")]
    public string? Output { get; init; }

    [CommandOption("--force")]
    [Description("Replace an output that this program did not make, or that was edited")]
    public bool Force { get; init; }

    [CommandOption("--timeout <SECONDS>")]
    [Description("Time limit for each cell in seconds (default 3600; 0 for none)")]
    [DefaultValue(3600.0)]
    public double CellTimeoutSeconds { get; init; }

    [CommandOption("--folder <DIR>")]
    [Description("The working folder of the cells, for a notebook that lies elsewhere (default: the notebook's folder)")]
    public string? Folder { get; init; }

    [CommandOption("--keep-going")]
    [Description("Run the cells after one that fails; the exit code is still 6")]
    public bool KeepGoing { get; init; }

    [CommandOption("--strip")]
    [Description("Only check whether the notebook runs: write it without outputs")]
    public bool Strip { get; init; }

    [CommandOption("--parent-stdin", IsHidden = true)]
    [Description("Stop when the standard input ends")]
    public bool ParentStandardInput { get; init; }
}
