using System.ComponentModel;
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
    [Description("Watch the server that listens on this port of this machine, with its children")]
    public int? Port { get; init; }

    [CommandOption("--pid <ID>")]
    [Description("Watch this process and its children")]
    public int? Pid { get; init; }

    [CommandOption("--seconds <COUNT>")]
    [Description("End after this long (default: until Ctrl-C)")]
    public double? Seconds { get; init; }
}

/// <summary><c>memwall watch</c>: the machine now, without measuring anything. One living line on a terminal, else a line a
/// second.</summary>
internal sealed class WatchCommand : AsyncCommand<WatchOptions>
{
    private static readonly TimeSpan s_liveInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(1);

    // The spinner and the blank behind it, and one column that stays free.
    private const int ReservedColumns = 3;

    public override async Task<int> ExecuteAsync(CommandContext context, WatchOptions options, CancellationToken cancellationToken)
    {
        using var sampler = MachineSampler.Start(RunClock.Start());
        var problem = (options.Port, options.Pid) switch
        {
            (null, null) => null,
            ({ } port, null) => sampler.WatchPort(port),
            (null, { } pid) => sampler.WatchProcess(pid),
            _ => "--port and --pid: give one of the two",
        };
        if (problem is not null)
            throw new FormatException(problem);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.Seconds is { } seconds)
            limit.CancelAfter(
                seconds is > 0 and < 30 * 24 * 3600
                    ? TimeSpan.FromSeconds(seconds)
                    : throw new FormatException("--seconds: a time above 0, at most 30 days"));
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
            // The user, or the time that was asked for, ended it.
        }
    }
}
