using MemoryWall.Cli.Host;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Sweeps.Serving;
using MemoryWall.Targets.Embedded;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall serve</c>: the embedded server for other programs, with a model that may be larger than memory.</summary>
internal sealed class ServeCommand : AsyncCommand<ServeOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ServeOptions options, CancellationToken cancellationToken)
    {
        var served = await ServedModel.StartAsync(options.ToPlan(), Terminal.Error.WriteLine, cancellationToken).ConfigureAwait(false);
        await using var _ = served.ConfigureAwait(false);
        foreach (var line in ServePhrases.Describe(served.Facts))
            Terminal.Out.WriteLine(line);
        Terminal.Error.WriteLine("Ctrl-C stops the server.");
        try
        {
            throw new EmbeddedServerException(await served.WaitForExitAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
    }
}
