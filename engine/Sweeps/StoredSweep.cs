using System.Text.Json;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Machine;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Sweeps;

/// <summary>A stored run of a plan that is asked for again, for example after a notebook's kernel was restarted.</summary>
/// <param name="Manifest">The run.</param>
/// <param name="IsFinished">Whether it ran to the end of its plan; false where it was stopped or interrupted.</param>
internal sealed record StoredSweep(RunManifest Manifest, bool IsFinished)
{
    /// <summary>The environment variable with which nothing is found, so that a page that a program makes has measured itself.</summary>
    public const string MeasureAgainVariable = "MEMWALL_MEASURE_AGAIN";

    // What was measured longer ago may show another state of the machine and of the server.
    private static readonly TimeSpan s_maxAge = TimeSpan.FromHours(24);

    /// <summary>The newest run of this plan on this machine by this engine, at most a day old; null where there is none.</summary>
    /// <param name="store">The stored runs.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="label">The label that it was begun with; null for none.</param>
    /// <param name="now">The current time.</param>
    /// <exception cref="StoreException">The folder of the runs cannot be read.</exception>
    public static StoredSweep? Find(RunStore store, SweepPlan plan, string? label, DateTimeOffset now)
    {
        var wanted = ToText(plan);
        var found = ListRecent(store, label, now).FirstOrDefault(manifest => ToText(manifest.Plan) == wanted);
        return found is null ? null : new StoredSweep(found, IsAtItsEnd(store.Read(found.RunId, withMarks: false)));
    }

    /// <summary>The runs of this plan at any contexts, under the same conditions as <see cref="Find"/>, the oldest first.</summary>
    /// <param name="store">The stored runs.</param>
    /// <param name="plan">The plan, whose contexts do not matter.</param>
    /// <param name="now">The current time.</param>
    /// <exception cref="StoreException">The folder of the runs cannot be read.</exception>
    public static IReadOnlyList<RunManifest> FindAtAnyContexts(RunStore store, SweepPlan plan, DateTimeOffset now)
    {
        var wanted = ToText(plan);
        return [.. ListRecent(store, label: null, now)
            .Where(manifest => ToText(manifest.Plan with { Contexts = plan.Contexts }) == wanted).Reverse()];
    }

    // Damaged runs have no manifest and are passed over.
    private static IEnumerable<RunManifest> ListRecent(RunStore store, string? label, DateTimeOffset now)
    {
        if (Environment.GetEnvironmentVariable(MeasureAgainVariable) == "1")
            return [];
        var machine = MachineReader.Read();
        // A copy of a run in a folder of another name is not that run.
        return store.List().Where(run => run.Manifest?.RunId == run.Id).Select(run => run.Manifest).OfType<RunManifest>().Where(manifest =>
            now - manifest.StartedUtc < s_maxAge && manifest.Label == label && manifest.EngineVersion == ManifestBuilder.EngineVersion
            && manifest.Machine.CpuModel == machine.CpuModel && manifest.Machine.AvailableCores == machine.AvailableCores);
    }

    private static bool IsAtItsEnd(Run run) =>
        run.Events.LastOrDefault(entry => entry.Kind is RunEvents.Started or RunEvents.Resumed or RunEvents.Ended) is
        { Kind: RunEvents.Ended, Message: nameof(SweepEnding.Completed) or nameof(SweepEnding.SomeTrialsFailed) };

    private static string ToText(SweepPlan plan) => JsonSerializer.Serialize(plan, FactsJson.SingleLine);
}

/// <summary>Kinds of the events at the ends of a sweep.</summary>
internal static class RunEvents
{
    /// <summary>A new run began.</summary>
    public const string Started = "started";

    /// <summary>A stored run was continued.</summary>
    public const string Resumed = "resumed";

    /// <summary>The sweep ended; the message is its <see cref="SweepEnding"/>.</summary>
    public const string Ended = "ended";
}
