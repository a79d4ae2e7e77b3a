using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall dashboard</c>.</summary>
internal sealed class DashboardOptions : CommandSettings
{
    [CommandOption("--port <PORT>")]
    [Description("Port on loopback; with the same one an open page finds a restarted dashboard (default: any free one)")]
    [Example(8137)]
    public int Port { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--run <RUN>")]
    [Description("Show this run: " + RunArgument.Meaning + " (default: the one that is measured, else the newest)")]
    public string? Run { get; init; }
}

/// <summary><c>memwall dashboard</c>: shows runs in a browser while they are measured, and stored ones again. It is a process of its own,
/// so that ASP.NET Core is not part of the process that measures.</summary>
internal sealed class DashboardCommand : AsyncCommand<DashboardOptions>
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(40);

    public override async Task<int> ExecuteAsync(CommandContext context, DashboardOptions options, CancellationToken cancellationToken)
    {
        if (options.Port is < 0 or > ushort.MaxValue)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"--port: {options.Port} is not a port from 0 to 65535; 0 takes any free one"));
        var store = RunsFolderOption.OpenStore(options.Runs);
        // A missing run is an error here and not on the page. A zip file is unpacked as long as the dashboard runs.
        using var named = RunSources.Open(store, options.Run is { } name ? [name] : []);
        using var process = Process.Start(CreateStart(options.Port, store, named.Runs))
            ?? throw new InvalidOperationException("the dashboard did not start");
        await using var registration = cancellationToken.Register(process.StandardInput.Close).ConfigureAwait(false);
        Terminal.Error.WriteLine($"Showing the runs of {store.Root} at this address, until Ctrl-C:");
        await WaitForExitAsync(process, cancellationToken).ConfigureAwait(false);
        return cancellationToken.IsCancellationRequested ? ExitCodes.Success : process.ExitCode;
    }

    // A run that was started from the page is stopped first, and stores its last trial.
    private static async Task WaitForExitAsync(Process process, CancellationToken cancellation)
    {
        try
        {
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            using var limit = new CancellationTokenSource(s_stopTimeout);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static ProcessStartInfo CreateStart(int port, RunStore store, IReadOnlyList<NamedRun> shown)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "dashboard", "MemoryWall.Dashboard.dll");
        if (!File.Exists(program))
            throw new FormatException($"the dashboard is missing at '{program}'; build the solution: dotnet build -c Release");
        return new ProcessStartInfo(DotnetHost.Program,
        [
            "exec", program, "--runs", Directory.CreateDirectory(store.Root).FullName,
            "--port", port.ToString(CultureInfo.InvariantCulture),
            .. shown.SelectMany(run => new[] { "--run", run.Id }),
            .. shown.Where(run => run.Folder != Path.Combine(store.Root, run.Id))
                .SelectMany(run => new[] { "--folder", run.Id, run.Folder }),
            "--memwall", Path.Combine(AppContext.BaseDirectory, "memwall.dll"), "--parent-stdin",
        ])
        { UseShellExecute = false, RedirectStandardInput = true };
    }
}
