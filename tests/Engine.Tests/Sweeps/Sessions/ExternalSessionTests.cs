using System.Net.NetworkInformation;
using System.Net.Sockets;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Targets;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Sweeps.Sessions;

/// <summary>Which processes are watched for an external server.</summary>
public class ExternalSessionTests
{
    [Fact]
    public void Watch_ServerElsewhere_SaysSo()
    {
        using var sampler = MachineSampler.Start(RunClock.Start());

        // An address reserved for documentation (RFC 5737): no machine has it.
        Assert.Contains("another machine", Session("http://203.0.113.7:8080", null).Watch(sampler));
    }

    [Fact]
    public void Watch_NamedProcess_IsTakenWhereverTheAddressPoints()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var sampler = MachineSampler.Start(RunClock.Start());

        Assert.Null(Session("http://203.0.113.7:8080", Environment.ProcessId).Watch(sampler));
        Assert.Contains("no process", Session("http://127.0.0.1:8080", int.MaxValue).Watch(sampler));
    }

    [Fact]
    public void ReadMemory_ServerOnThisMachine_IsThatOfItsProcessesAlone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var sampler = MachineSampler.Start(RunClock.Start());
        var session = Session("http://127.0.0.1:8080", Environment.ProcessId);
        Assert.Null(session.ReadMemory());
        session.Watch(sampler);
        var memory = session.ReadMemory()!;
        Assert.Contains(Environment.ProcessId, memory.Processes);
        Assert.True(memory.Cap.AnonymousBytes > 1 << 20);
        Assert.Null(memory.Cap.LimitBytes);
        Assert.NotNull(MemoryCounters.Subtract(memory, session.ReadMemory()));
        // A process that joined has counters from before it did.
        Assert.Null(MemoryCounters.Subtract(memory, memory with { Processes = [.. memory.Processes, 1] }));
    }

    [Fact]
    public void IsLocal_OwnNamesAndAddresses_AreThisMachine()
    {
        Assert.True(LocalMachine.IsLocalEndpoint(new Uri("http://localhost:1")));
        Assert.True(LocalMachine.IsLocalEndpoint(new Uri("http://[::1]:1")));
        Assert.True(LocalMachine.IsLocalEndpoint(new Uri($"http://{Environment.MachineName}:1")));
        Assert.False(LocalMachine.IsLocalEndpoint(new Uri("http://203.0.113.7:1")));
        Assert.False(LocalMachine.IsLocalEndpoint(new Uri("https://example.com:1")));
        foreach (var address in NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(entry => entry.Address).Where(address => address.AddressFamily == AddressFamily.InterNetwork))
            Assert.True(LocalMachine.IsLocalEndpoint(new UriBuilder("http", address.ToString(), 1).Uri));
    }

    [Theory]
    [InlineData(502)]
    [InlineData(504)]
    public async Task RestartIfNeeded_GatewayThatReachesNoServer_IsWaitedFor(int status)
    {
        var lists = 0;
        await using var server = LyingServer.Start(request => request.Is("GET", "/v1/models") && Interlocked.Increment(ref lists) == 1
            ? Reply.Whole(status, "no server behind the gateway", "text/plain")
            : new OpenAiScript(new Behaviour()).Answer(request));
        var settings = new SweepSettings { RunsDirectory = "unused" };
        await using var session = new ExternalSession(
            Scripted.Open(Speaks.OpenAi, server.Endpoint, "tiny"), server.Endpoint, settings, RunClock.Start());

        await session.RefineOutcomeAsync(new Refused(status, "no server behind the gateway"));
        var restart = await session.RestartIfNeededAsync(CancellationToken.None);

        Assert.NotNull(restart);
        Assert.Null(restart.Problem);
        Assert.Null(await session.RestartIfNeededAsync(CancellationToken.None));
    }

    private static ExternalSession Session(string endpoint, int? process) =>
        new(null!, new Uri(endpoint), new SweepSettings { RunsDirectory = "unused", ServerProcessId = process }, RunClock.Start());
}
