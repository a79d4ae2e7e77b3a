using System.Net;
using System.Runtime.InteropServices;
using MemoryWall.Dashboard.Http;
using MemoryWall.Dashboard.Launching;
using MemoryWall.Dashboard.Observation;
using MemoryWall.Sweeps.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MemoryWall.Dashboard;

/// <summary>The dashboard: a web server on loopback, and the lease that lets running sweeps publish what they do.</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RunLauncher _launcher;
    private readonly ObserverLease _lease;

    private DashboardServer(WebApplication app, RunLauncher launcher, ObserverLease lease, string token)
    {
        (_app, _launcher, _lease) = (app, launcher, lease);
        var port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        Address = new Uri(FormattableString.Invariant($"http://127.0.0.1:{port}/{token}/"));
    }

    /// <summary>The address of the page, with its token.</summary>
    public Uri Address { get; }

    /// <summary>Starts the dashboard.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="cancellation">Stops the start.</param>
    /// <exception cref="IOException">The port is in use.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The port is not allowed for this user.</exception>
    public static async Task<DashboardServer> StartAsync(DashboardOptions options, CancellationToken cancellation)
    {
        var time = TimeProvider.System;
        var token = options.Token ?? DashboardToken.ReadOrCreate();
        // An empty builder reads no settings of the working folder or the environment: nothing can make it listen beyond loopback.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        // Open event streams end at once, so that Ctrl-C does.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var app = builder.Build();
        var observatory = new RunObservatory(options.RunsFolder, time, options.Folders);
        var launcher = new RunLauncher(options.MemwallProgram, options.RunsFolder);
        var tickets = new PageTickets(token);
        var guard = new AccessGuard(token, tickets);
        app.Use(next => http => guard.InvokeAsync(http, next));
        app.UseRouting();
        var lease = new ObserverLease(options.RunsFolder);
        var events = new EventStream(observatory, lease, time, app.Lifetime.ApplicationStopping);
        new Endpoints(observatory, launcher, events, tickets).Map(app.MapGroup($"/{token}"), app);
        await app.StartAsync(cancellation).ConfigureAwait(false);
        return new DashboardServer(app, launcher, lease, token);
    }

    /// <summary>The address of the page that shows some runs.</summary>
    public Uri AddressOf(IEnumerable<string> runs) => new(Address, $"#run={Uri.EscapeDataString(string.Join(',', runs))}");

    /// <summary>Waits for Ctrl-C or SIGTERM.</summary>
    /// <param name="endsWithParent">Whether the end of standard input ends it too, so that it never outlives the process that started
    /// it.</param>
    public async Task WaitForShutdownAsync(bool endsWithParent)
    {
        if (endsWithParent)
            _ = Task.Run(async () =>
            {
                await Console.In.ReadToEndAsync().ConfigureAwait(false);
                _app.Lifetime.StopApplication();
            });
        // A terminal sends Ctrl-C to the started run too, and a second signal would end that at once.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => _launcher.ExpectEnd());
        await _app.WaitForShutdownAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _lease.Release();
        await _launcher.DisposeAsync().ConfigureAwait(false);
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
