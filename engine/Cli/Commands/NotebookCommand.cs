using MemoryWall.Cli.NotebookLauncher;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall notebook</c>: stands in the list of commands. Its words are the runner's own, see <see cref="MemwallApp"/>; without
/// any it shows them.</summary>
internal sealed class NotebookCommand : AsyncCommand
{
    public override async Task<int> ExecuteAsync(CommandContext context, CancellationToken cancellationToken) =>
        await NotebookRunnerProcess.RunAsync(["--help"], cancellationToken).ConfigureAwait(false);
}
