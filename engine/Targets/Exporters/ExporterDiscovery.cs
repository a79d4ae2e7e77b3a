using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Exporters;

/// <summary>An exporter that was looked for.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Access">Its server; null where it must not be contacted.</param>
/// <param name="Exporter">What it gives; null where it cannot be read.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
internal sealed record ExporterFinding(ExporterAddress Address, HttpAccess? Access, DiscoveredExporter? Exporter, string? Problem);

/// <summary>Reads each exporter once and decides which columns it gives; they stay the same for a run.</summary>
internal static class ExporterDiscovery
{
    /// <summary>Looks for exporters, all at once. What cannot be read is a finding with its reason.</summary>
    /// <param name="addresses">Their addresses.</param>
    /// <param name="connection">The key that is sent to each of them, and whether it may be sent without TLS.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<IReadOnlyList<ExporterFinding>> FindAsync(IReadOnlyList<ExporterAddress> addresses,
        ConnectionOptions connection, RunClock clock, CancellationToken cancellation)
    {
        var found = await Task.WhenAll(addresses.Select(address => FindAsync(address, connection, clock, cancellation)))
            .ConfigureAwait(false);
        return AssignPrefixes(found);
    }

    private static async Task<ExporterFinding> FindAsync(ExporterAddress address, ConnectionOptions connection, RunClock clock,
        CancellationToken cancellation)
    {
        // Without a key nothing is sent that another must not read.
        var options = connection.ApiKey is null ? connection with { AllowPlainHttp = true } : connection;
        if (HttpAccess.Validate(address.Server, options) is not null)
            return new ExporterFinding(address, null, null, $"plain http to {address.Server.Host}, which is another machine, would send "
                + "the key unencrypted; use https, or --allow-plain-http");
        var access = new HttpAccess(address.Server, options, clock);
        var scrape = await ExporterScrape.RequestAsync(access, address.Path, cancellation).ConfigureAwait(false);
        if (scrape.Page is not { } page)
            return new ExporterFinding(address, access, null, scrape.Problem);
        var kinds = ExporterKind.Find(page);
        if (kinds.Count == 0)
            return new ExporterFinding(address, access, null,
                $"the page has none of the metrics of {string.Join(", ", ExporterKind.All.Select(kind => kind.Title))}");
        var columns = kinds.SelectMany(kind => kind.CreateColumns(page)).Where(column => double.IsFinite(column.ReadFinite(page)))
            .DistinctBy(column => column.Name).ToList();
        return columns.Count == 0
            ? new ExporterFinding(address, access, null, $"the page of {kinds[0].Title} has no number for any column")
            : new ExporterFinding(address, access, new DiscoveredExporter(address, kinds, columns, scrape), null);
    }

    // Exporters of one machine have one prefix. It has one value for each column, so another exporter with the same column has another
    // prefix; so has one of another host.
    private static IReadOnlyList<ExporterFinding> AssignPrefixes(IReadOnlyList<ExporterFinding> found)
    {
        var machines = new List<(string Host, HashSet<string> Columns)>();
        var named = new List<ExporterFinding>();
        foreach (var finding in found)
        {
            if (finding.Exporter is not { } exporter)
            {
                named.Add(finding);
                continue;
            }
            var host = exporter.Address.Server.Host;
            var place = machines.FindIndex(machine => machine.Host == host && !machine.Columns.Contains(exporter.Kinds[0].Name)
                && !exporter.Columns.Any(column => machine.Columns.Contains(column.Name)));
            if (place < 0)
            {
                place = machines.Count;
                machines.Add((host, new HashSet<string>(StringComparer.Ordinal)));
            }
            machines[place].Columns.UnionWith(exporter.Columns.Select(column => column.Name).Append(exporter.Kinds[0].Name));
            named.Add(finding with { Exporter = exporter with { Prefix = ExporterView.GetPrefix(place + 1) } });
        }
        return named;
    }
}
