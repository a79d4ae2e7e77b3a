using MemoryWall.Core.Plan;
using MemoryWall.Machine.Probes;
using MemoryWall.Sweeps.Recording;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Exporters;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Looks for the exporters of a plan before its first trial: a run without the readings that it was started for is noticed too
/// late.</summary>
internal static class ExporterCheck
{
    private const string Subject = "telemetry from";

    // An exporter is read once a second, and each reading goes into one row.
    private static readonly TimeSpan s_maxInterval = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong with the addresses of a plan, as far as it is known without asking a server.</summary>
    public static IEnumerable<PlanRule> ListRules(SweepPlan plan)
    {
        if (plan.TelemetryFrom is not { } texts)
            yield break;
        var problem = "";
        try
        {
            _ = ExporterAddress.ParseAll(texts);
        }
        catch (FormatException error)
        {
            problem = error.Message;
        }
        yield return new PlanRule(Subject, problem.Length > 0, problem);
    }

    /// <summary>Reads each exporter once.</summary>
    /// <param name="plan">A plan whose addresses can be read.</param>
    /// <param name="environment">The key of the exporters, and the run's clock.</param>
    /// <param name="targetEndpoint">The target's address; null where it is the embedded server or not known.</param>
    /// <param name="findings">Gets what is wrong with an exporter, and what its readings may not be.</param>
    /// <param name="cancellation">The user's request to stop.</param>
    public static async Task<ExporterSources> ConnectAsync(SweepPlan plan, SweepEnvironment environment, Uri? targetEndpoint,
        List<PreflightFinding> findings, CancellationToken cancellation)
    {
        if (plan.TelemetryFrom is not { } texts)
            return ExporterSources.None;
        var settings = environment.Settings;
        if (settings.TelemetryInterval is not { } interval || interval > s_maxInterval)
        {
            findings.Add(PreflightFinding.Note(Subject, settings.TelemetryInterval is null
                ? "the exporters are not read, since telemetry is off"
                : "the exporters are not read, since telemetry is sampled less than once a second"));
            return ExporterSources.None;
        }
        environment.Observer.Preparing("reading the exporters");
        var found = await ExporterDiscovery.FindAsync(ExporterAddress.ParseAll(texts), settings.ExporterConnection, environment.Clock,
            cancellation).ConfigureAwait(false);
        bool IsMeasured() => settings.RoundRobin?.HasTurn() ?? true;
        foreach (var (address, _, exporter, problem) in found)
        {
            if (exporter is null)
                findings.Add(PreflightFinding.Risk(Subject, $"{address} gives no telemetry: {problem}; memwall doctor --telemetry-from "
                    + "tries it again, and --force measures without it"));
            else if (!IsSameHost(address.Server, targetEndpoint))
                findings.Add(PreflightFinding.Note(Subject,
                    $"{address} is taken for the target's machine, though its host is not that of the target"));
        }
        return new ExporterSources([.. found.Select(finding => finding.Exporter is { } exporter
            ? ProbeDiscovery.Found(new ExporterProbe(exporter, finding.Access!, IsMeasured))
            : ProbeDiscovery.Missing($"exporter {finding.Address}", finding.Problem!, "memwall doctor --telemetry-from tries it again"))],
            [.. found.Select(finding => finding.Exporter).OfType<DiscoveredExporter>()]);
    }

    private static bool IsSameHost(Uri exporter, Uri? target) => target is null || LocalMachine.IsLocalEndpoint(target)
        ? LocalMachine.IsLocalEndpoint(exporter)
        : exporter.Host.Equals(target.Host, StringComparison.OrdinalIgnoreCase);
}
