using System.Globalization;
using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Runs;
using MemoryWall.Runs.Telemetry;

namespace MemoryWall.Engine.Tests.Lake;

/// <summary>A lake and a store of runs in a folder that is deleted with its test.</summary>
internal sealed class LakeRig : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public LakeRig()
    {
        Store = new RunStore(System.IO.Path.Combine(_root.Path, "runs"));
        Folder = new LakeFolder(System.IO.Path.Combine(_root.Path, "it's a lake"));
    }

    public RunStore Store { get; }

    public LakeFolder Folder { get; }

    public string Root => _root.Path;

    public void Dispose() => _root.Dispose();

    /// <summary>The folder of a new run with some trials, marks and telemetry.</summary>
    public string CreateRun(int number, int trials = 3, Func<RunManifest, RunManifest>? change = null, DateTimeOffset? started = null)
    {
        var schema = new TelemetrySchema { Columns = [new("host_cpu_busy_ratio", MetricKind.Gauge, "host_cpu", "Busy.")] };
        var manifest = StoreSamples.Manifest(IdOf(number)) with
        {
            StartedUtc = started ?? new DateTimeOffset(2026, 1 + number % 3, 5, 6, 7, 8, TimeSpan.Zero).AddMinutes(number),
            Telemetry = schema,
        };
        using var writer = Store.Create(change?.Invoke(manifest) ?? manifest);
        AddTrials(writer, trials);
        using var telemetry = TelemetryCsvWriter.Create(writer.Directory, schema);
        telemetry.Write([.. Enumerable.Range(0, 4).Select(i => new TelemetrySample(Instant.FromSeconds(i), [i == 2 ? null : i / 4.0]))]);
        return writer.Directory;
    }

    /// <summary>Resumes a run for further trials.</summary>
    public string Grow(int number, int trials)
    {
        using var writer = Store.Resume(IdOf(number));
        AddTrials(writer, trials);
        return writer.Directory;
    }

    public static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"20260131-142530-{number:x8}");

    public Task<LakeAddition> AddAsync(string run) => LakeWriter.AddAsync(Folder.Root, run, TestContext.Current.CancellationToken);

    public async Task<LakeAddition> AddNewAsync(int number, int trials = 3) => await AddAsync(CreateRun(number, trials));

    public Task<LakeCompaction> CompactAsync() =>
        LakeCompactor.CompactAsync(Folder, TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>The rows of a statement, and what was not read.</summary>
    public async Task<(IReadOnlyList<IReadOnlyList<object?>> Rows, IReadOnlyList<LakeProblem> Problems)> QueryAsync(string sql)
    {
        IReadOnlyList<IReadOnlyList<object?>> all = [];
        var problems = await LakeQuery.RunAsync(Folder, sql, long.MaxValue, rows => all = [.. rows.Read()],
            TestContext.Current.CancellationToken);
        return (all, problems);
    }

    /// <summary>The ids of all runs, each as often as it is seen.</summary>
    public async Task<IReadOnlyList<string>> ListRunsAsync() =>
        [.. (await QueryAsync("SELECT run_id FROM runs ORDER BY run_id")).Rows.Select(row => (string)row[0]!)];

    /// <summary>Every row of every table, as text.</summary>
    public async Task<IReadOnlyList<string>> DumpAsync()
    {
        var lines = new List<string>();
        foreach (var table in LakeFolder.Tables)
        {
            var (rows, problems) = await QueryAsync($"SELECT * FROM {table}");
            Assert.Empty(problems);
            lines.AddRange(rows.Select(row => $"{table}: {string.Join('|', row)}").Order(StringComparer.Ordinal));
        }
        return lines;
    }

    /// <summary>The files of the lake with their content's length.</summary>
    public IReadOnlyList<string> Files() => [.. Directory.EnumerateFiles(Folder.Root, "*", SearchOption.AllDirectories)
        .Select(path => $"{path} {new FileInfo(path).Length}").Order(StringComparer.Ordinal)];

    private static void AddTrials(RunWriter writer, int trials)
    {
        for (var i = 0; i < trials; i++)
        {
            var number = writer.NextTrialNumber;
            writer.AppendTrial(AnalysisSamples.Server(number, 2048 << (number % 2), 1.5, 3.25) with { Repetition = number },
                StoreSamples.Marks(number));
        }
    }
}
