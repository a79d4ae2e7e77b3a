using System.ComponentModel;
using System.Diagnostics;
using MemoryWall.Cli.Host;

namespace MemoryWall.Cli.NotebookLauncher;

/// <summary>Starts the notebook runner. It is a process of its own, so each notebook gets a clean kernel.</summary>
internal static class NotebookRunnerProcess
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The path of the runner's program.</summary>
    /// <exception cref="NotebookRunnerException">It is missing.</exception>
    public static string ProgramPath()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "notebook-runner", "MemoryWall.NotebookRunner.dll");
        return File.Exists(path)
            ? path
            : throw new NotebookRunnerException($"the notebook runner is missing at '{path}'; build the solution: dotnet build -c Release");
    }

    /// <summary>Runs it with these arguments, and returns its exit code, which is one of <see cref="ExitCodes"/>. It writes to this
    /// program's streams.</summary>
    /// <param name="arguments">As in <c>memwall notebook …</c>.</param>
    /// <param name="cancellation">Asks the runner to write what it has and to end.</param>
    /// <param name="configure">Changes how it is started, for example its environment.</param>
    /// <exception cref="NotebookRunnerException">It is missing or did not start.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation,
        Action<ProcessStartInfo>? configure = null)
    {
        var start = new ProcessStartInfo(DotnetHost.Program) { UseShellExecute = false, RedirectStandardInput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(ProgramPath());
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // The runner stops when its standard input ends, so it never outlives this process.
        if (arguments is ["run", ..])
            start.ArgumentList.Add("--parent-stdin");
        configure?.Invoke(start);
        using var process = Start(start);
        await using var registration = cancellation.Register(process.StandardInput.Close).ConfigureAwait(false);
        await WaitForExitAsync(process, cancellation).ConfigureAwait(false);
        return process.ExitCode is >= 0 and <= 130 ? process.ExitCode : ExitCodes.Fault;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new NotebookRunnerException($"'{start.FileName}' did not start");
        }
        catch (Win32Exception error)
        {
            throw new NotebookRunnerException($"'{start.FileName}' could not be started: {error.Message}");
        }
    }

    private static async Task WaitForExitAsync(Process process, CancellationToken cancellation)
    {
        try
        {
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            using var limit = new CancellationTokenSource(s_stopTimeout);
            try
            {
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
