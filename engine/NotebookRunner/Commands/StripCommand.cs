using System.ComponentModel;
using MemoryWall.NotebookRunner.Documents;
using Spectre.Console.Cli;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary>The options of <c>memwall notebook strip</c>.</summary>
internal sealed class StripOptions : CommandSettings
{
    [CommandArgument(0, "<NOTEBOOK>")]
    [Description("The notebooks, changed in place")]
    public string[] Notebooks { get; init; } = [];

    [CommandOption("--check")]
    [Description("Change nothing; exit with code 6 if a notebook has something to remove")]
    public bool Check { get; init; }
}

/// <summary><c>memwall notebook strip</c>: removes the outputs of a run, or checks that there are none.</summary>
internal sealed class StripCommand(TextWriter log) : Command<StripOptions>
{
    public override int Execute(CommandContext context, StripOptions options, CancellationToken cancellationToken)
    {
        var found = false;
        foreach (var path in options.Notebooks)
        {
            var notebook = NotebookDocument.Load(path);
            var left = NotebookStripper.FindLeftovers(notebook);
            if (left.Count == 0)
                continue;
            found = true;
            if (options.Check)
            {
                foreach (var line in left)
                    log.WriteLine($"{path}: {line}");
                continue;
            }
            NotebookStripper.Strip(notebook);
            notebook.Save(path);
            log.WriteLine($"{path}: stripped");
        }
        return options.Check && found ? RunnerExitCodes.Notebook : RunnerExitCodes.Success;
    }
}
