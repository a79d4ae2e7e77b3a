using MemoryWall.Cli.NotebookLauncher;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall notebook</c>: lists the command in the help and prints the runner's help. The program hands arguments to the
/// runner before they are parsed.</summary>
internal sealed class NotebookCommand : AsyncCommand
{
    public override async Task<int> ExecuteAsync(CommandContext context, CancellationToken cancellationToken) =>
        await NotebookRunnerProcess.RunAsync(["--help"], cancellationToken).ConfigureAwait(false);
}
