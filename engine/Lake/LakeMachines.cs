using System.Text.Json;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Machines;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Tables;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake;

/// <summary>Reads what a lake says of machines, by managed code alone: a notebook's process runs no SQL engine.</summary>
internal static class LakeMachines
{
    // Others may compact the lake while it is read, again and again.
    private const int MaxAttempts = 8;
    private const string Verdicts = "verdicts";
    private const string Trials = "trials";

    // Of a run's clock: some thirty years, which fit its nanoseconds.
    private const double MaxSeconds = 1e9;

    private static readonly string s_wall = EnumNames.Name(VerdictTopic.Wall);
    private static readonly string s_buffered = Doubt.KindOf<Buffered>();

    private static readonly string[] s_trialColumns =
    [
        RunColumns.IdName, "context_tokens", "concurrency", "output_tokens_asked", "method", "flags", "outcome", "doubts", "sent_seconds",
        "generation_tps", "ttft_seconds", "is_warmup", "is_left_out", "is_disturbed",
    ];

    /// <summary>The runs of a lake, the oldest first, and what is in the folder and was not read.</summary>
    /// <exception cref="StoreException">The lake cannot be read.</exception>
    public static async Task<(IReadOnlyList<MachineRun> Runs, IReadOnlyList<LakeProblem> Problems)> ReadAsync(LakeFolder lake,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lake);
        for (var attempt = 1; attempt < MaxAttempts; attempt++)
        {
            var snapshot = await LakeSnapshot.ReadAsync(lake, cancellation).ConfigureAwait(false);
            if (await TryReadAsync(snapshot, cancellation).ConfigureAwait(false) is { } found)
                return ([.. found.Runs.OrderBy(run => run.Manifest.StartedUtc).ThenBy(run => run.Manifest.RunId, StringComparer.Ordinal)],
                    [.. snapshot.Problems, .. found.Problems]);
        }
        throw StoreException.FromSentence(lake.Root, $"The lake {lake.Root} changes faster than it can be read; try again later.");
    }

    // Null where a file was packed or replaced meanwhile.
    private static async Task<(List<MachineRun> Runs, List<LakeProblem> Problems)?> TryReadAsync(LakeSnapshot snapshot,
        CancellationToken cancellation)
    {
        var (runs, problems) = (new List<MachineRun>(), new List<LakeProblem>());
        foreach (var file in snapshot.Files)
        {
            try
            {
                runs.AddRange(await ReadFileAsync(snapshot, file, cancellation).ConfigureAwait(false));
            }
            catch (StoreException) when (!File.Exists(snapshot.Folder.PathOf(LakeFolder.Runs, file)))
            {
                return null;
            }
            catch (StoreException error)
            {
                problems.Add(new LakeProblem(error.FilePath, $"{error.Reason}; its runs are left out", LosesRuns: true));
            }
        }
        return (runs, problems);
    }

    private static async Task<IReadOnlyList<MachineRun>> ReadFileAsync(LakeSnapshot snapshot, LakeFile file, CancellationToken cancellation)
    {
        async Task<TableCells> ReadTable(string table, params string[] columns) =>
            await TableCells.ReadAsync(snapshot.Folder.PathOf(table, file), columns, cancellation).ConfigureAwait(false);
        var leftOut = snapshot.LeftOut.GetValueOrDefault(file) ?? [];
        var manifests = new Dictionary<string, RunManifest>();
        var heads = await ReadTable(LakeFolder.Runs, RunColumns.IdName, "manifest_json").ConfigureAwait(false);
        for (var row = 0; row < heads.Rows; row++)
        {
            if (heads.Text(RunColumns.IdName, row) is { } id && !leftOut.Contains(id)
                && RunRow.ParseManifest(heads.Text("manifest_json", row)) is { } manifest)
                manifests[id] = manifest;
        }
        var trials = await ReadTable(Trials, s_trialColumns).ConfigureAwait(false);
        var trialsByRun = Enumerable.Range(0, trials.Rows).Where(row => IsOfOneStream(trials, row))
            .ToLookup(row => trials.Text(RunColumns.IdName, row));
        var verdicts = await ReadTable(Verdicts, RunColumns.IdName, "topic", "values_json").ConfigureAwait(false);
        var walls = Enumerable.Range(0, verdicts.Rows).Where(row => verdicts.Text("topic", row) == s_wall)
            .ToLookup(row => verdicts.Text(RunColumns.IdName, row), row => ParseWall(verdicts.Text("values_json", row)));
        return [.. manifests.Select(run => new MachineRun(run.Value,
            [.. trialsByRun[run.Key].Select(row => ReadTrial(trials, row, run.Value))], MachineWall.Combine([.. walls[run.Key]])))];
    }

    // A turn of a conversation says nothing about a context alone.
    private static bool IsOfOneStream(TableCells trials, int row) => trials.Whole("concurrency", row) == 1
        && trials.Flag("is_warmup", row) == false && trials.Whole("context_tokens", row) is > 0 and <= int.MaxValue
        && MethodOf(trials, row) is not (null or SweepMethod.Session);

    private static SweepMethod? MethodOf(TableCells trials, int row) =>
        EnumNames.TryParse<SweepMethod>(trials.Text("method", row) ?? "", out var method) ? method : null;

    private static MachineTrial ReadTrial(TableCells trials, int row, RunManifest manifest)
    {
        var flags = TrialFlagNames.Parse(trials.Words("flags", row));
        var trial = new MachineTrial
        {
            Level = new LevelKey(MethodOf(trials, row)!.Value, flags & ContextSummary.LabelFlags, Concurrency: 1,
                (int)Math.Clamp(trials.Whole("output_tokens_asked", row) ?? 0, 0, int.MaxValue)),
            ContextTokens = (int)trials.Whole("context_tokens", row)!.Value,
            Outcome = trials.Text("outcome", row) ?? "",
            IsDisturbed = trials.Flag("is_disturbed", row) == true,
            At = trials.Number("sent_seconds", row) is { } sent && Math.Abs(sent) < MaxSeconds
                ? manifest.WallTicksOf(Instant.FromSeconds(sent))
                : null,
        };
        return trials.Flag("is_left_out", row) != false ? trial : trial with
        {
            GenerationTps = trials.Number("generation_tps", row),
            // A buffered answer has no time to its first token.
            TtftSeconds = !TrialView.HasTtft(trial.Level.Method) || trials.Words("doubts", row).Contains(s_buffered)
                ? null
                : trials.Number("ttft_seconds", row),
        };
    }

    // Any number may be in a file; what cannot be read is as if it were not there.
    private static MachineWall ParseWall(string? json)
    {
        try
        {
            using var document = JsonDocument.Parse(json ?? "{}");
            var root = document.RootElement;
            var regime = root.TryGetProperty("beyond", out var beyond) && beyond.ValueKind == JsonValueKind.Object
                && beyond.TryGetProperty("regime", out var name) && name.ValueKind == JsonValueKind.String
                && EnumNames.TryParse<MemoryRegime>(name.GetString()!, out var known) ? known : (MemoryRegime?)null;
            return new MachineWall(ReadTokens(root, "inside_tokens"), ReadTokens(root, "beyond_tokens"), regime);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return new MachineWall(null, null, null);
        }
    }

    private static int? ReadTokens(JsonElement root, string name) => root.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var tokens) ? tokens : null;
}
