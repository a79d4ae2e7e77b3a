using System.Diagnostics;
using System.Runtime.CompilerServices;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Dashboard.Tests;

/// <summary>A folder of runs with its dashboard.</summary>
internal sealed class DashboardFolder : IAsyncDisposable
{
    private readonly string _token = DashboardToken.New();
    private DashboardServer? _server;

    public string Runs { get; } = Directory.CreateTempSubdirectory("memwall-dashboard-").FullName;

    public Uri Address => _server!.Address;

    /// <summary>The program of the command line.</summary>
    public static string Memwall => Path.Combine(Repository(), "engine", "Cli", "bin",
        AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", "memwall.dll");

    /// <summary>The folder of a stored sample.</summary>
    public static string Sample(string name) => Directory.GetDirectories(Path.Combine(Repository(), "data", "samples", name)).Single();

    public async Task<DashboardFolder> StartAsync(int port = 0)
    {
        _server = await DashboardServer.StartAsync(
            new DashboardOptions { RunsFolder = Runs, Port = port, Token = _token, MemwallProgram = Memwall }, CancellationToken.None);
        return this;
    }

    public async Task StopAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _server = null;
    }

    /// <summary>The address of a section or of runs.</summary>
    public Uri At(string hash) => new(Address, "#" + hash);

    /// <summary>Copies a stored sample into the folder.</summary>
    public string AddSample(string name)
    {
        var source = Sample(name);
        var target = Directory.CreateDirectory(Path.Combine(Runs, Path.GetFileName(source))).FullName;
        foreach (var file in Directory.EnumerateFiles(source))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return Path.GetFileName(source);
    }

    /// <summary>Writes a run of trials without a server, all at once.</summary>
    public void AddRun(string id, int trials, string model = "tiny", string? label = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Runs, id)).FullName;
        ManifestFile.WriteNew(Path.Combine(folder, RunFiles.Manifest), new RunManifest
        {
            RunId = id,
            StartedUtc = new DateTimeOffset(2026, 1, 31, 14, 25, 30, TimeSpan.Zero),
            Plan = new SweepPlan { Target = "ollama://localhost/m", Contexts = [new TokenCount(2048), new TokenCount(8192)] },
            Machine = new MachineFacts { OperatingSystem = "Linux", Architecture = "X64", CpuModel = "cpu" },
            Target = new TargetFacts { Kind = "ollama", Endpoint = "http://127.0.0.1:4711", Model = model },
            EngineVersion = "0.1.0",
            Label = label,
        });
        using var file = File.Create(Path.Combine(folder, RunFiles.Trials));
        file.Write(TrialsFile.Header);
        for (var number = 1; number <= trials; number++)
            file.Write(TrialsFile.FormatRow(CreateTrial(number)));
        File.WriteAllBytes(Path.Combine(folder, RunFiles.Tokens), TokensFile.Header);
        File.WriteAllText(Path.Combine(folder, RunFiles.Events), "");
    }

    /// <summary>Starts the command line as a process of its own.</summary>
    public Process StartMemwall(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Memwall, .. arguments, "--runs", Runs])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Runs, recursive: true);
    }

    private static Trial CreateTrial(int number) => new()
    {
        Number = number,
        ContextTokens = number % 2 == 0 ? 2048 : 8192,
        Repetition = (number + 1) / 2,
        OutputTokensAsked = 64,
        CountedPromptTokens = number % 2 == 0 ? 2048 : 8192,
        OutputTokens = 64,
        Chunks = 64,
        Arrivals = 64,
        StopReason = "length",
        Client = new ClientTimings
        {
            Sent = new Core.Time.Instant(number * 4_000_000_000L),
            TimeToFirstToken = TimeSpan.FromSeconds(1 + number % 7 / 10.0),
            TimeToLastToken = TimeSpan.FromSeconds(3),
            TimeToEnd = TimeSpan.FromSeconds(3),
        },
        Outcome = new Completed(),
    };

    private static string Repository([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
