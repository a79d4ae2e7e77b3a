using System.Globalization;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Sampling;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets.Exporters;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Exporters;

/// <summary>Exporters on scripted servers: what is read, what is a gap, and what is sent to whom.</summary>
public sealed class ExporterProbeTests
{
    private const int MaxTries = 20;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_EachScrape_GivesTheColumnsBehindThePrefix()
    {
        await using var server = LyingServer.Start(_ => Page(ExporterPages.Node));
        using var probe = await ConnectAsync(server);
        var row = ReadFilled(probe);

        Assert.All(probe.Columns, column => Assert.Equal("exporter_node", column.Source));
        Assert.All(probe.Columns, column => Assert.StartsWith("exporter_", column.Name, StringComparison.Ordinal));
        Assert.All(probe.Columns, column => Assert.Equal(column.Name.EndsWith("_total", StringComparison.Ordinal),
            column.Kind == MetricKind.Counter));
        var expected = ExporterPages.ReadColumns(ExporterPages.Node);
        Assert.Equal(expected.Keys.Select(name => "exporter_" + name).Order(), row.Keys.Except(
            ["exporter_node_scrape_seconds", "exporter_node_clock_offset_seconds"]).Order());
        Assert.All(expected, entry => Assert.Equal(entry.Value, row["exporter_" + entry.Key]));
        Assert.InRange(row["exporter_node_scrape_seconds"], 0, 2);
        Assert.All(server.Requests, request => Assert.Equal(("GET", "/metrics"), (request.Method, request.Path)));
    }

    [Theory]
    [LongData("error")]
    [LongData("hang")]
    [LongData("reset")]
    [LongData("cut")]
    [InlineData("damaged")]
    [LongData("endless")]
    [LongData("redirect")]
    [LongData("login page")]
    public async Task Read_FailedScrape_IsAGapAndNotTheLastValues(string failure)
    {
        await using var elsewhere = LyingServer.Start(_ => Page(ExporterPages.Node));
        var isBroken = false;
        await using var server = LyingServer.Start(_ => !isBroken ? Page(ExporterPages.Node) : failure switch
        {
            "error" => Reply.Whole(503, "busy"),
            "hang" => Reply.Stream("text/plain").Text(ExporterPages.Node[..200]).Hang(),
            "reset" => Reply.Nothing().Reset(),
            "cut" => Reply.Stream("text/plain").Text(ExporterPages.Node[..200]).Close(),
            "damaged" => Page(ExporterPages.Node + "node_load1 1 2 3\n"),
            "endless" => Reply.Stream("text/plain").Forever(ExporterPages.Node),
            "redirect" => Reply.Whole(302, "", header: $"Location: {elsewhere.Endpoint}metrics"),
            _ => Page("<html>please log in</html>\n"),
        });
        using var probe = await ConnectAsync(server);

        _ = ReadFilled(probe);
        isBroken = true;
        Assert.Empty(Read(probe));
        Assert.True(probe.HasGaps);
        Assert.Contains(" of them failed (last: ", probe.Describe(), StringComparison.Ordinal);
        isBroken = false;
        _ = ReadFilled(probe);
        Assert.Empty(elsewhere.Requests);
    }

    [LongFact]
    public async Task Read_PageOfDcgmThatHasNotChanged_IsNoReading()
    {
        var power = 612;
        await using var server = LyingServer.Start(_ => Page(ExporterPages.Dcgm.Replace("612.347000", $"{power}.0",
            StringComparison.Ordinal)));
        using var probe = await ConnectAsync(server);

        Assert.Empty(Read(probe));
        power = 613;
        Assert.Equal(613, ReadFilled(probe)["exporter_gpu0_power_watts"]);
        Assert.Empty(Read(probe));
        Assert.Contains(" brought the same readings again and count as none", probe.Describe(),
            StringComparison.Ordinal);
    }

    [LongFact]
    public async Task Read_SamplesWithOldTimes_AreNoReading()
    {
        var stamp = 1000;
        var used = 5;
        await using var server = LyingServer.Start(_ => Page($"node_memory_MemTotal_bytes {used} {stamp}\n"));
        using var probe = await ConnectAsync(server);

        Assert.Empty(Read(probe));
        (stamp, used) = (2000, 6);
        Assert.Equal(6, ReadFilled(probe)["exporter_host_memory_total_bytes"]);
        // An idle server's page is the same and yet new.
        await using var idle = LyingServer.Start(_ => Page(ExporterPages.Vllm));
        using var serving = await ConnectAsync(idle);
        Assert.Equal(8, ReadFilled(serving)["exporter_server_running_requests"]);
        Assert.Equal(8, ReadFilled(serving)["exporter_server_running_requests"]);
    }

    [Fact]
    public async Task Read_SystemThatIsNotMeasuredNow_AsksNothing()
    {
        await using var server = LyingServer.Start(_ => Page(ExporterPages.Node));
        var isMeasured = false;
        using var probe = await ConnectAsync(server, isMeasured: () => isMeasured);
        var asked = server.Requests.Count;

        Assert.Empty(Read(probe));
        Assert.Equal(asked, server.Requests.Count);
        isMeasured = true;
        _ = ReadFilled(probe);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Estimate_ClockThatIsAhead_IsStatedWithItsError(bool hasTimeMetric)
    {
        var ahead = TimeSpan.FromSeconds(1234.25);
        await using var server = LyingServer.Start(_ =>
        {
            var there = TimeProvider.System.GetUtcNow() + ahead;
            var seconds = (there - DateTimeOffset.UnixEpoch).TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture);
            return Reply.Whole(200, "node_procs_running 1\n" + (hasTimeMetric ? $"node_time_seconds {seconds}\n" : ""), "text/plain",
                $"Date: {there:R}");
        });
        using var probe = await ConnectAsync(server);
        var row = ReadFilled(probe);

        // The stated error covers the truth, however slow this machine is.
        var error = row["exporter_node_scrape_seconds"] / 2 + (hasTimeMetric ? 0 : 0.5);
        Assert.InRange(row["exporter_node_clock_offset_seconds"], ahead.TotalSeconds - error - 0.001, ahead.TotalSeconds + error + 0.001);
        Assert.Contains(" s ahead (± ", probe.Describe(), StringComparison.Ordinal);
        Assert.Contains(hasTimeMetric ? "by node_time_seconds" : "by the HTTP Date header",
            probe.Columns.Single(column => column.Name == "exporter_node_clock_offset_seconds").Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Estimate_NoTimeAtAll_IsAbsent()
    {
        await using var server = LyingServer.Start(_ => Page("node_procs_running 1\n"));
        using var probe = await ConnectAsync(server);

        Assert.DoesNotContain(probe.Columns, column => column.Name.EndsWith("_clock_offset_seconds", StringComparison.Ordinal));
        Assert.EndsWith("its clock is not known", probe.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindAsync_ExportersOfOneAndOfTwoMachines_HavePrefixes()
    {
        await using var node = LyingServer.Start(_ => Page(ExporterPages.Node));
        await using var dcgm = LyingServer.Start(_ => Page(ExporterPages.Dcgm));
        await using var other = LyingServer.Start(_ => Page(ExporterPages.Node));
        var local = new UriBuilder(other.Endpoint) { Host = "localhost" }.Uri;

        var found = await FindAsync($"{node.Endpoint},{dcgm.Endpoint},{other.Endpoint},{local}");

        Assert.Equal(["exporter_node", "exporter_dcgm", "exporter2_node", "exporter3_node"],
            found.Select(finding => finding.Exporter!.Source));
    }

    [Theory]
    [InlineData("python_info 1\n", "the page has none of the metrics of node_exporter, DCGM exporter, vLLM, llama-server")]
    [InlineData("node_load15 0.5\n", "the page of node_exporter has no number for any column")]
    [InlineData("", "the page has no metrics")]
    [InlineData("<html></html>", "line 1 is not a sample of Prometheus' text format")]
    public async Task FindAsync_OtherPage_SaysWhatItIs(string page, string problem)
    {
        await using var server = LyingServer.Start(_ => Page(page));

        var found = Assert.Single(await FindAsync(server.Endpoint.ToString()));

        Assert.Null(found.Exporter);
        Assert.Equal(problem, found.Problem);
    }

    [Fact]
    public async Task FindAsync_Key_GoesToExportersAndNotOverPlainHttpToAnotherMachine()
    {
        var connection = new ConnectionOptions { ApiKey = ApiKey.FromLauncher("exporters-own-key") };
        await using var server = LyingServer.Start(request =>
            request.Headers.GetValueOrDefault("Authorization") == "Bearer exporters-own-key"
                ? Page(ExporterPages.Node)
                : Reply.Whole(401, "unauthorized"));

        Assert.NotNull(Assert.Single(await FindAsync(server.Endpoint.ToString(), connection)).Exporter);
        Assert.Contains("unauthorized", Assert.Single(await FindAsync(server.Endpoint.ToString())).Problem, StringComparison.Ordinal);
        // No name is resolved: the address is refused as it stands.
        Assert.Equal("plain http to exporter.invalid, which is another machine, would send the key unencrypted; use https, or "
            + "--allow-plain-http", Assert.Single(await FindAsync("http://exporter.invalid/", connection)).Problem);
    }

    [Fact]
    public async Task FindAsync_CertificateThatIsNotTrusted_IsRefusedWithAdvice()
    {
        await using var server = LyingServer.Start(_ => Page(ExporterPages.Node));
        using var front = new TlsFront(server.Endpoint);

        var problem = Assert.Single(await FindAsync(front.Endpoint.ToString())).Problem;

        Assert.Contains("SSL_CERT_FILE", problem, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Sampler_ExporterBesideThisMachine_FillsOneRowASecondAndNoOther()
    {
        var power = 0;
        await using var server = LyingServer.Start(_ => Page(ExporterPages.Dcgm.Replace("612.347000",
            Interlocked.Increment(ref power).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)));
        var clock = RunClock.Start();
        using var probe = await ConnectAsync(server, clock);
        var rows = new List<TelemetrySample>();
        TelemetrySchema schema;
        using (var sampler = MachineSampler.Start(clock, new SamplerOptions { FurtherSources = [ProbeDiscovery.Found(probe)] },
            rows.AddRange))
        {
            schema = sampler.Schema;
            var until = clock.Now.Plus(TestedProgram.Patience);
            while (Volatile.Read(ref power) < 5 && clock.Now.CompareTo(until) < 0)
                await Task.Delay(100, Stop);
            sampler.Flush();
        }

        var (value, age) = (schema.IndexOf("exporter_gpu0_power_watts")!.Value, schema.IndexOf("exporter_dcgm_age_seconds")!.Value);
        var filled = rows.Where(row => row[value] is not null).ToList();
        // Each reading is in one row, and the rows between have none.
        Assert.Equal(filled.Select(row => row[value]).Distinct().Count(), filled.Count);
        Assert.InRange(filled.Count, 2, rows.Count / 2);
        Assert.All(filled, row => Assert.InRange(row[age]!.Value, 0, 2));
        var scraped = filled.ConvertAll(row => row.At.Seconds - row[age]!.Value);
        Assert.All(scraped.Zip(scraped.Skip(1)), pair => Assert.True(pair.Second - pair.First > 0.8, $"{pair}"));
        // This machine's columns are its own.
        Assert.Equal(schema.Columns.Count, schema.Columns.Select(column => column.Name).Distinct().Count());
        var seen = ExporterView.See(schema, "exporter_");
        Assert.Equal(value, seen.IndexOf("gpu0_power_watts"));
        Assert.Equal(age, seen.IndexOf("dcgm_age_seconds"));
        Assert.Null(seen.IndexOf("sampler_read_seconds"));
    }

    private static Reply Page(string text) => Reply.Whole(200, text, "text/plain; version=0.0.4");

    // On a busy machine a scrape can be late; it is tried again.
    private static async Task<IReadOnlyList<ExporterFinding>> FindAsync(string list, ConnectionOptions? connection = null,
        RunClock? clock = null)
    {
        for (var tries = 0; ; tries++)
        {
            var found = await ExporterDiscovery.FindAsync(ExporterAddress.ParseList(list), connection ?? new(), clock ?? RunClock.Start(),
                Stop);
            if (tries == MaxTries || !found.Any(exporter => exporter.Problem?.Contains("no whole page", StringComparison.Ordinal) == true))
                return found;
        }
    }

    private static async Task<ExporterProbe> ConnectAsync(LyingServer server, RunClock? clock = null, Func<bool>? isMeasured = null)
    {
        var found = Assert.Single(await FindAsync(server.Endpoint.ToString(), clock: clock));
        Assert.Null(found.Problem);
        return new ExporterProbe(found.Exporter!, found.Access!, isMeasured ?? (() => true));
    }

    private static Dictionary<string, double> ReadFilled(ExporterProbe probe)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (Read(probe) is { Count: > 0 } row)
                return row;
        }
        throw new InvalidOperationException(probe.Describe());
    }

    // The values of one reading that are there. The probe reads no page sooner than a second after the one before.
    private static Dictionary<string, double> Read(ExporterProbe probe)
    {
        Stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
        var row = new double[probe.Columns.Count];
        Array.Fill(row, double.NaN);
        probe.Read(row);
        return probe.Columns.Select((column, place) => (column.Name, Value: row[place])).Where(entry => !double.IsNaN(entry.Value))
            .ToDictionary(entry => entry.Name, entry => entry.Value);
    }
}
