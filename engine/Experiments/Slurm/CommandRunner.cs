using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Experiments.Slurm;

/// <summary>Runs programs of this machine, with a limit on their time and on what they print.</summary>
/// <param name="limit">The time limit.</param>
internal sealed class CommandRunner(TimeSpan limit) : ICommandRunner
{
    private const int MaxOutputLength = 64 << 20;

    // A busy controller answers after some seconds.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>The runner of Slurm's commands.</summary>
    public static CommandRunner Default { get; } = new(s_limit);

    public async Task<CommandResult> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        process.StandardInput.Close();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(limit);
        try
        {
            var output = ReadAsync(process.StandardOutput, stop.Token);
            var error = ReadAsync(process.StandardError, stop.Token);
            await process.WaitForExitAsync(stop.Token).ConfigureAwait(false);
            return new CommandResult(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SlurmException(FormattableString.Invariant(
                $"{program} did not answer within {limit.TotalSeconds} s; is Slurm's controller (slurmctld) running?"));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new SlurmException($"{start.FileName} did not start");
        }
        catch (Win32Exception error)
        {
            throw new SlurmException($"{start.FileName} cannot be started ({SafeText.ToSingleLine(error.Message)}); install Slurm's "
                + "commands on this machine (slurm-client), or run the experiment here: memwall experiment run", error);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        var (text, block) = (new StringBuilder(), new char[16 << 10]);
        while (await reader.ReadAsync(block, cancellation).ConfigureAwait(false) is > 0 and var read)
        {
            if (text.Length + read <= MaxOutputLength)
                text.Append(block, 0, read);
        }
        return text.ToString();
    }
}
