using System.ComponentModel;
using System.Globalization;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core.Time;
using MemoryWall.Machine;
using MemoryWall.Machine.Sampling;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall watch</c>.</summary>
internal sealed class WatchOptions : CommandSettings
{
    [CommandOption("--port <PORT>")]
    [Description("Watch the local server that listens on this port, with its child processes")]
    [Example(8080)]
    public int? Port { get; init; }

    [CommandOption("--pid <ID>")]
    [Description("Watch this process and its child processes")]
    [Example(4711)]
    public int? Pid { get; init; }

    [CommandOption("--seconds <COUNT>")]
    [Description("Stop after this time (default: at Ctrl-C)")]
    [Example(60)]
    public double? Seconds { get; init; }
}

/// <summary><c>memwall watch</c>: shows the machine without measuring. One live line on a terminal, elsewhere a line a second.</summary>
internal sealed class WatchCommand : AsyncCommand<WatchOptions>
{
    private static readonly TimeSpan s_liveInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(1);

    // The spinner, the blank after it, and one free column, since some terminals wrap a full row.
    private const int ReservedColumns = 3;

    public override async Task<int> ExecuteAsync(CommandContext context, WatchOptions options, CancellationToken cancellationToken)
    {
        using var sampler = MachineSampler.Start(RunClock.Start());
        var problem = (options.Port, options.Pid) switch
        {
            (null, null) => null,
            ({ } port, null) => sampler.WatchPort(port),
            (null, { } pid) => sampler.WatchProcess(pid),
            _ => "--port and --pid: write only one of the two",
        };
        if (problem is not null)
            throw new FormatException(problem);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.Seconds is { } seconds)
            limit.CancelAfter(
                seconds is > 0 and < 30 * 24 * 3600
                    ? TimeSpan.FromSeconds(seconds)
                    : throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                        $"--seconds: {seconds} is not a time above 0, at most 30 days; for example --seconds 60")));
        if (Console.IsOutputRedirected || !Terminal.Out.Profile.Capabilities.Ansi)
            await ShowLinesAsync(sampler, s_plainInterval, line => Terminal.Out.WriteLine(line), limit.Token).ConfigureAwait(false);
        else
            await Terminal.Out.Status()
                .StartAsync("watching",
                    status => ShowLinesAsync(sampler, s_liveInterval, line => status.Status(Markup.Escape(line)), limit.Token))
                    .ConfigureAwait(false);
        return ExitCodes.Success;
    }

    private static async Task ShowLinesAsync(Sampler sampler, TimeSpan interval, Action<string> show, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
                show(MachineStatusLine.Format(sampler, Terminal.Out.Profile.Width - ReservedColumns));
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C or --seconds ended it.
        }
    }
}
