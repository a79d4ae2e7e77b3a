using System.ComponentModel;
using System.Diagnostics;

namespace MemoryWall.Memory.Caps.Linux;

/// <summary>Runs a tool of the system to its end.</summary>
internal static class SystemTool
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    /// <exception cref="CapException">The tool is missing, took too long, or failed; its own words are in the message.</exception>
    public static async Task RunAsync(string tool, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        // Ordinary users' paths lack the folders where mkswap and swapon live.
        var path = new[] { "/usr/sbin", "/sbin", "/usr/bin", "/bin" }.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists)
            ?? throw new CapException($"{tool} is not installed; it is part of util-linux");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_patience);
        using var process = new Process { StartInfo = new ProcessStartInfo(path, arguments) { RedirectStandardError = true, RedirectStandardOutput = true } };
        try
        {
            process.Start();
            var words = process.StandardError.ReadToEndAsync(limit.Token);
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            await output.ConfigureAwait(false);
            if (process.ExitCode != 0)
                throw new CapException(FormattableString.Invariant($"{tool} failed with exit code {process.ExitCode}: {(await words.ConfigureAwait(false)).Trim()}"));
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancellation.ThrowIfCancellationRequested();
            throw new CapException(FormattableString.Invariant($"{tool} took longer than {s_patience.TotalMinutes} minutes"));
        }
        catch (Win32Exception error)
        {
            throw new CapException($"{tool} could not be started: {error.Message}");
        }
    }
}
