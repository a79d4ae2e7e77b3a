using System.Globalization;
using MemoryWall.Cli.Commands;
using MemoryWall.Experiments.State;
using MemoryWall.ScriptedServer;
using CompareOptions = MemoryWall.Cli.Commands.CompareOptions;

namespace MemoryWall.Cli.Tests;

/// <summary>The option <c>--telemetry-from</c> of the program.</summary>
public sealed class ExporterTests : IDisposable
{
    private const string Node = """
        node_cpu_seconds_total{cpu="0",mode="user"} 10
        node_cpu_seconds_total{cpu="1",mode="user"} 20
        node_memory_MemTotal_bytes 8e9
        node_time_seconds 

        """;

    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task Doctor_Exporters_SaysWhichAnswersAndWhatItGives()
    {
        await using var server = LyingServer.Start(request => request.Path == "/metrics"
            ? Reply.Whole(200, CreatePage(), "text/plain")
            : Reply.Whole(404, "no such page"));

        using var doctor = await Memwall.RunAsync("doctor", "--json", "--runs", _runs.Path,
            "--telemetry-from", $"{server.Endpoint},{server.Endpoint}other");

        Assert.True(doctor.ExitCode == 0, doctor.Error);
        var checks = doctor.Json.AsArray().Where(check => ((string)check!["name"]!).StartsWith("exporter ", StringComparison.Ordinal))
            .ToDictionary(check => (string)check!["name"]!, check => ((string)check!["state"]!, (string)check["detail"]!));
        var (state, detail) = checks[$"exporter {server.Endpoint}metrics"];
        Assert.Equal("ok", state);
        Assert.Matches(@"^node_exporter, 5 columns, its clock is \d+\.\d{3} s (behind|ahead) \(± \d+\.\d{3} s\): ", detail);
        Assert.EndsWith(": exporter_host_cpu_busy_seconds_total, exporter_host_cpu_user_seconds_total, exporter_host_memory_total_bytes, "
            + "exporter_cpu<n>_busy_seconds_total of 2 processors", detail, StringComparison.Ordinal);
        Assert.Equal("missing", checks[$"exporter {server.Endpoint}other"].Item1);
        Assert.Contains("404", checks[$"exporter {server.Endpoint}other"].Item2, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--telemetry-from: 'gpu1:9100' is not the address of an exporter; write http(s)://HOST:PORT/metrics",
        "--telemetry-from", "gpu1:9100")]
    [InlineData("--telemetry-hz: 0.5 is too few for --telemetry-from, which is read once a second; give 1 or more",
        "--telemetry-from", "http://gpu1:9100", "--telemetry-hz", "0.5")]
    [InlineData("--telemetry-key-variable and --telemetry-key-file: write only one of the two",
        "--telemetry-from", "https://gpu1", "--telemetry-key-variable", "A", "--telemetry-key-file", "b")]
    public async Task Sweep_OptionThatCannotBeUsed_IsNamed(string message, params string[] options)
    {
        using var memwall = await InProcess.RunAsync(["sweep", "--contexts", "512", "--runs", _runs.Path, .. options]);

        Assert.Equal((2, message), (memwall.ExitCode, memwall.Error.Trim()));
    }

    [Fact]
    public void ToPlan_Exporters_ArePartOfEveryPlanThatMeasures()
    {
        const string List = "http://a:9100,http://a:9400/metrics";
        string[] expected = ["http://a:9100/metrics", "http://a:9400/metrics"];

        Assert.Equal(expected, new SweepOptions { TelemetryFrom = List }.ToPlan().TelemetryFrom!);
        Assert.Equal(expected, new WallOptions { TelemetryFrom = List }.ToPlan().TelemetryFrom!);
        Assert.Equal(expected, new SessionsOptions { TelemetryFrom = List }.ToPlan().TelemetryFrom!);
        Assert.Equal(expected, new StudyOptions { TelemetryFrom = List }.ToSweepPlan().TelemetryFrom!);
        var compare = new CompareOptions { TelemetryFrom = List, Cap = "2G", Systems = ["standard", "managed"], Runs = _runs.Path };
        Assert.Equal(expected, compare.ToSharedPlan().TelemetryFrom!);
        Assert.All(compare.ToSystemPlans(), system => Assert.Equal(expected, system.Plan.TelemetryFrom!));
        Assert.All(new StudyOptions { TelemetryFrom = List, Runs = _runs.Path }.ToCompareOptions(capsArePermitted: true)!.ToSystemPlans(),
            system => Assert.Equal(expected, system.Plan.TelemetryFrom!));
        // A stored plan with other exporters is not overruled.
        Assert.Equal(["telemetry from"],
            new SweepOptions { TelemetryFrom = List }.FindConflicts(new SweepOptions { TelemetryFrom = "http://b:9100" }.ToPlan()));
    }

    [LongFact]
    public async Task Sweep_EmbeddedServerAndExporter_StoresBothAndKeepsTheKeyOut()
    {
        await using var server = LyingServer.Start(request => request.Headers.GetValueOrDefault("Authorization") == "Bearer scrape-secret"
            ? Reply.Whole(200, CreatePage(), "text/plain")
            : Reply.Whole(401, "no key"));
        using var memwall = Memwall.Start(["sweep", "--target", Memwall.Tiny, "--contexts", "512", "--output-tokens", "8", "--runs",
            _runs.Path, "--json", "--telemetry-from", server.Endpoint.ToString(), "--telemetry-key-variable", "SCRAPE_KEY"],
            start => start.Environment["SCRAPE_KEY"] = "scrape-secret");
        await memwall.ExitAsync();

        Assert.True(memwall.ExitCode == 0, memwall.Error);
        var folder = Assert.Single(Directory.GetDirectories(_runs.Path), path => !Path.GetFileName(path).StartsWith('.'));
        Assert.Contains("exporter_host_memory_total_bytes", File.ReadLines(Path.Combine(folder, "telemetry.csv")).First(),
            StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(folder), file => Assert.DoesNotContain("scrape-secret", File.ReadAllText(file),
            StringComparison.Ordinal));
        Assert.DoesNotContain("scrape-secret", memwall.Output + memwall.Error, StringComparison.Ordinal);
    }

    [LongFact]
    public async Task Experiment_ExporterWithAKey_IsReadAndTheKeyIsKeptOut()
    {
        await using var server = LyingServer.Start(request => request.Headers.GetValueOrDefault("Authorization") == "Bearer scrape-secret"
            ? Reply.Whole(200, CreatePage(), "text/plain")
            : Reply.Whole(401, "no key"));
        var (file, key) = (Path.Combine(_runs.Path, "x.yaml"), Path.Combine(_runs.Path, "key"));
        await File.WriteAllTextAsync(key, "scrape-secret\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, $$"""
            name: watched
            axes: {targets: ["{{Memwall.Tiny}}"], contexts: "64", threads: [1]}
            sweep: {output_tokens: 8, warmups: 0, telemetry_from: "{{server.Endpoint}}"}
            """, TestContext.Current.CancellationToken);
        string[] run = ["experiment", "run", file, "--runs", _runs.Path, "--lake", Path.Combine(_runs.Path, ".lake")];

        using var without = await Memwall.RunAsync(run);
        using var with = await Memwall.RunAsync([.. run, "--resume", "--telemetry-key-file", key]);

        Assert.Contains("401", without.Error + without.Output, StringComparison.Ordinal);
        Assert.True(with.ExitCode == 0, with.Error);
        var folder = Assert.Single(Directory.GetDirectories(_runs.Path, "2*"));
        Assert.Contains("exporter_host_memory_total_bytes", File.ReadLines(Path.Combine(folder, "telemetry.csv")).First(),
            StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_runs.Path, "*", SearchOption.AllDirectories).Except([key]),
            path => Assert.DoesNotContain("scrape-secret", File.ReadAllText(path), StringComparison.Ordinal));
        Assert.DoesNotContain("scrape-secret", with.Output + with.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Submit_KeyOfTheExporters_IsNamedToTheTasks()
    {
        var key = Path.Combine(_runs.Path, "key");
        File.WriteAllText(key, "scrape-secret");

        var arguments = new ExperimentSubmitOptions { TelemetryKeyFile = key, Runs = _runs.Path }
            .ToRequest(ExperimentFolder.Of(_runs.Path, "x")).MoreArguments;

        Assert.Equal(["--telemetry-key-file", key], arguments.SkipWhile(argument => argument != "--telemetry-key-file"));
        var missing = Assert.Throws<FormatException>(() => new ExperimentSubmitOptions { TelemetryKeyFile = key + "2", Runs = _runs.Path }
            .ToRequest(ExperimentFolder.Of(_runs.Path, "x")));
        Assert.StartsWith("--telemetry-key-file: ", missing.Message, StringComparison.Ordinal);
    }

    private static string CreatePage() => Node.TrimEnd('\n', ' ')
        + (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds.ToString(" 0.000000", CultureInfo.InvariantCulture)
        + "\n";
}
