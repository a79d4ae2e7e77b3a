using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Sampling;
using MemoryWall.Targets.Exporters;

namespace MemoryWall.Engine.Tests.Targets.Exporters;

/// <summary>A real node_exporter in a network namespace of its own, which this machine reaches over a pair of virtual interfaces. The two
/// have one kernel, so each reading of the one is known from the other.</summary>
public sealed class NodeExporterTests(ITestOutputHelper output) : IDisposable
{
    private const string Program = "prometheus-node-exporter";
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"mw{Environment.ProcessId}");
    private Process? _exporter;
    private bool _hasNamespace;

    // Networks for documentation and benchmarks only (RFC 5737, RFC 2544): one that no interface here uses already.
    private readonly string? _network = new[] { "203.0.113.", "198.51.100.", "198.18.77." }.FirstOrDefault(IsUnused);

    private string Here => _network + "1";

    private string There => _network + "2";

    public void Dispose()
    {
        if (_exporter is { HasExited: false })
            _exporter.Kill(entireProcessTree: true);
        _exporter?.Dispose();
        if (_hasNamespace)
            _ = Run("ip", "netns", "del", _name);
    }

    [LongFact]
    public async Task NodeExporter_InItsOwnNetwork_AgreesWithThisMachine_AndALostLinkIsAGap()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "network namespaces need root on Linux");
        Assert.SkipUnless(Find(Program), $"{Program} is not installed");
        Assert.SkipUnless(Find("ip"), "ip (iproute2) is not installed");
        Assert.SkipUnless(_network is not null, "every network that could be used is in use here");
        if (CreateNamespace() is { } refusal)
            Assert.Skip($"this machine makes no network namespace: {refusal}");
        var stop = TestContext.Current.CancellationToken;
        _exporter = Process.Start(
            new ProcessStartInfo("ip", ["netns", "exec", _name, Program, "--log.level=error", $"--web.listen-address={There}:9100"]))!;
        var clock = RunClock.Start();
        var until = clock.Now.Plus(TestedProgram.Patience);
        ExporterFinding found;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
            found = Assert.Single(await ExporterDiscovery.FindAsync(ExporterAddress.ParseList($"http://{There}:9100/metrics"), new(),
                clock, stop));
        }
        while (found.Exporter is null && clock.Now.CompareTo(until) < 0 && !_exporter.HasExited);
        Assert.True(found.Exporter is not null, found.Problem);
        output.WriteLine(string.Join(", ", found.Exporter.Columns.Select(column => column.Name)));

        using var probe = new ExporterProbe(found.Exporter, found.Access!, () => true);
        var rows = new List<TelemetrySample>();
        TelemetrySchema schema;
        using (var sampler = MachineSampler.Start(clock, new SamplerOptions { FurtherSources = [ProbeDiscovery.Found(probe)] },
            rows.AddRange))
        {
            schema = sampler.Schema;
            var scrapes = schema.IndexOf("exporter_node_scrape_seconds")!.Value;
            await WaitAsync(() => sampler.Latest(1000).Count(row => row[scrapes] is not null) >= 4);
            // The end here keeps its route, so that no request is sent elsewhere.
            Assert.Equal((0, ""), Run("ip", "-n", _name, "link", "set", Link("b"), "down"));
            await WaitAsync(() => probe.HasGaps);
            var gap = clock.Now;
            Assert.Equal((0, ""), Run("ip", "-n", _name, "link", "set", Link("b"), "up"));
            await WaitAsync(() => sampler.Latest(1000).Any(row => row.At.CompareTo(gap) > 0 && row[scrapes] is not null));
        }
        output.WriteLine(probe.Describe());

        Assert.Contains(" of them failed (last: ", probe.Describe(), StringComparison.Ordinal);
        double? Value(TelemetrySample row, string name) => row[schema.IndexOf(name) ?? -1];
        var read = rows.Where(row => Value(row, "exporter_node_scrape_seconds") is not null).ToList();
        var cores = schema.Columns.Count(column => column.Name.StartsWith("exporter_cpu", StringComparison.Ordinal)
            && column.Name.EndsWith("_busy_seconds_total", StringComparison.Ordinal));
        Assert.Equal(schema.Columns.Count(column => CoreColumns.IsMatch(column.Name)), cores);
        foreach (var row in read)
        {
            Assert.Equal(Value(row, "host_memory_total_bytes"), Value(row, "exporter_host_memory_total_bytes"));
            // The counters are read at different moments of a second or two.
            var seconds = Value(row, "exporter_node_age_seconds")!.Value + Value(row, "exporter_node_scrape_seconds")!.Value + 0.2;
            Assert.InRange(Value(row, "exporter_host_cpu_busy_seconds_total")!.Value - Value(row, "host_cpu_busy_seconds_total")!.Value,
                -cores * (seconds + 0.1), cores * 0.1);
            // Both clocks are the kernel's.
            Assert.InRange(Math.Abs(Value(row, "exporter_node_clock_offset_seconds")!.Value), 0,
                Value(row, "exporter_node_scrape_seconds")!.Value / 2 + 0.05);
        }
        // Its network is its own.
        Assert.True(Value(read[^1], "exporter_network_received_bytes_total") < Value(read[^1], "network_received_bytes_total"));
        Assert.Contains("exporter_host_major_faults_total", schema.Columns.Select(column => column.Name));
    }

    private static bool IsUnused(string network) => !NetworkInterface.GetAllNetworkInterfaces().Select(card => card.GetIPProperties())
        .SelectMany(properties => properties.UnicastAddresses.Select(entry => entry.Address)
            .Concat(properties.GatewayAddresses.Select(entry => entry.Address)))
        .Any(address => address.ToString().StartsWith(network, StringComparison.Ordinal));

    private static bool Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task WaitAsync(Func<bool> condition)
    {
        var clock = RunClock.Start();
        while (!condition())
        {
            Assert.True(clock.Now.Seconds < TestedProgram.Patience.TotalSeconds, "waited too long");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private string Link(string end) => _name + end;

    private string? CreateNamespace()
    {
        string[][] commands =
        [
            ["netns", "add", _name], ["link", "add", Link("a"), "type", "veth", "peer", "name", Link("b"), "netns", _name],
            ["addr", "add", $"{Here}/30", "dev", Link("a")], ["link", "set", Link("a"), "up"],
            ["-n", _name, "addr", "add", $"{There}/30", "dev", Link("b")], ["-n", _name, "link", "set", Link("b"), "up"],
            ["-n", _name, "link", "set", "lo", "up"],
        ];
        foreach (var command in commands)
        {
            var (code, error) = Run("ip", command);
            if (code != 0)
                return error;
            _hasNamespace = true;
        }
        return null;
    }

    private static (int Code, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
