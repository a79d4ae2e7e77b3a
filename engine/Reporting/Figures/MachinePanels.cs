using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Units;

namespace MemoryWall.Reporting.Figures;

/// <summary>The machine's readings as panels over time. A reading that is absent, or always 0, has no line. Where the server's processes
/// were not watched and exporters were read, the panels show what they saw, and not this machine.</summary>
internal static class MachinePanels
{
    private const double MinRateSeconds = 0.2;
    private const double MinPoints = 40;

    // A scrape follows the one before it after a second; a longer time is a gap.
    private const double MaxScrapeSeconds = 2.5;

    public static IEnumerable<Panel> Create(TelemetryTimeline timeline, Instant origin)
    {
        var read = new Readings(SelectMachine(timeline), origin);
        Panel?[] panels =
        [
            read.CreatePanel("cores busy",
                read.CreateRateLine("server", ChartColor.Blue, 1, "server_cpu_user_seconds_total", "server_cpu_system_seconds_total"),
                read.CreateRateLine("whole machine", ChartColor.Grey, 1, "host_cpu_busy_seconds_total")),
            CreateMemoryPanel(read),
            CreateStoragePanel(read),
            read.CreatePanel("events/s",
                read.CreateRateLine("major faults of the server", ChartColor.Vermilion, 1, "server_major_faults_total"),
                read.CreateRateLine("allocations at the limit", ChartColor.Purple, 1, "server_cgroup_limit_hits_total")),
            read.CreatePanel("pressure, share",
                read.CreateRateLine("waiting for memory (PSI some)", ChartColor.Vermilion, 1, "host_pressure_memory_some_seconds_total"),
                read.CreateRateLine("waiting for a disk (PSI some)", ChartColor.Green, 1, "host_pressure_io_some_seconds_total")),
            read.CreatePanel("accelerator busy", read.CreateGaugeLine("gpu0", ChartColor.Blue, 1, "gpu0_utilization_ratio")),
        ];
        return panels.OfType<Panel>();
    }

    /// <summary>Memory and storage only.</summary>
    public static IEnumerable<Panel> CreateMemory(TelemetryTimeline timeline, Instant origin)
    {
        var read = new Readings(SelectMachine(timeline), origin);
        return new[] { CreateMemoryPanel(read), CreateStoragePanel(read) }.OfType<Panel>();
    }

    // The target's machine: this one where its processes were watched, else the first that exporters saw.
    private static TelemetryTimeline SelectMachine(TelemetryTimeline timeline) =>
        ExporterView.FindPrefixes(timeline.Schema) is [var prefix, ..] && !IsWatched(timeline)
            ? ExporterView.See(timeline, prefix)
            : timeline;

    private static bool IsWatched(TelemetryTimeline timeline) =>
        timeline.Schema.IndexOf("server_processes") is { } place && timeline.Samples.Any(sample => sample[place] is not null);

    private static Panel? CreateMemoryPanel(Readings read) => read.CreatePanel("memory, MiB",
        read.CreateGaugeLine("server, anonymous", ChartColor.Blue, ByteSize.MiB, "server_rss_anon_bytes"),
        read.CreateGaugeLine("server, mapped files", ChartColor.Green, ByteSize.MiB, "server_rss_file_bytes"),
        read.CreateGaugeLine("server, swapped out", ChartColor.Vermilion, ByteSize.MiB, "server_swap_bytes"),
        read.CreateGaugeLine("control group (cgroup)", ChartColor.Purple, ByteSize.MiB, "server_cgroup_memory_bytes"),
        read.CreateGaugeLine("limit of the control group", ChartColor.Text, ByteSize.MiB, "server_cgroup_limit_bytes"),
        read.CreateGaugeLineOfExporter("available on the machine", ChartColor.Grey, ByteSize.MiB, "host_memory_available_bytes"),
        read.CreateGaugeLineOfExporter("in use on gpu0", ChartColor.Blue, ByteSize.MiB, "gpu0_memory_used_bytes"));

    private static Panel? CreateStoragePanel(Readings read) => read.CreatePanel("MiB/s",
        read.CreateRateLine("server reads from storage", ChartColor.Green, ByteSize.MiB, "server_read_bytes_total"),
        read.CreateRateLine("swapped in", ChartColor.Vermilion, ByteSize.MiB, "host_swap_in_bytes_total"),
        read.CreateRateLine("swapped out", ChartColor.Orange, ByteSize.MiB, "host_swap_out_bytes_total"));

    private sealed class Readings(TelemetryTimeline timeline, Instant origin)
    {
        public Panel? CreatePanel(string title, params Line?[] lines)
        {
            var known = lines.OfType<Line>().ToList();
            return known.Count == 0 ? null : new Panel
            {
                Y = new Axis(timeline.IsSeenThroughExporter ? $"{title} (exporter)" : title) { Min = 0 },
                Marks = known,
                Weight = 0.6,
            };
        }

        public Line? CreateGaugeLine(string name, ChartColor color, double unit, string column) =>
            timeline.Schema.IndexOf(column) is { } place
            ? CreateLine(name, color,
                MarkGaps(SelectRows([place])).Select(sample => new ChartPoint(sample.Seconds,
                    sample.Row is { } row ? CgroupLimit.FromReading(row[place]) / unit : null)))
            : null;

        /// <summary>A line that only exporters have: of this machine, the server's own readings say more.</summary>
        public Line? CreateGaugeLineOfExporter(string name, ChartColor color, double unit, string column) =>
            timeline.IsSeenThroughExporter ? CreateGaugeLine(name, color, unit, column) : null;

        // An exporter is read into one row of many; the rows between are no gaps.
        private IEnumerable<TelemetrySample> SelectRows(IReadOnlyList<int> places) => timeline.IsSeenThroughExporter
            ? timeline.Samples.Where(sample => places.All(place => sample[place] is not null))
            : timeline.Samples;

        private IEnumerable<(double Seconds, TelemetrySample? Row)> MarkGaps(IEnumerable<TelemetrySample> rows)
        {
            double? before = null;
            foreach (var row in rows)
            {
                var at = Seconds(row);
                if (timeline.IsSeenThroughExporter && before is { } last && at - last > MaxScrapeSeconds)
                    yield return ((at + last) / 2, null);
                yield return (at, row);
                before = at;
            }
        }

        // At phase changes samples are only milliseconds apart. Rates are computed over a fifth of a second, in a short trial over less,
        // but never over less than the counters resolve.
        private static List<TelemetrySample> ThinOut(IReadOnlyList<TelemetrySample> samples, IEnumerable<string> columns)
        {
            var spaced = new List<TelemetrySample>();
            var least = samples.Count == 0 ? 0 : Math.Min(MinRateSeconds, samples[^1].At.Since(samples[0].At).TotalSeconds / MinPoints);
            least = Math.Max(least, columns.Max(column => CounterResolution.MinCoveredTime(column).TotalSeconds));
            foreach (var sample in samples)
            {
                if (spaced.Count == 0 || sample.At.Since(spaced[^1].At).TotalSeconds >= least)
                    spaced.Add(sample);
            }
            return spaced;
        }

        // A counter that was reset or not read between two samples gives a gap.
        public Line? CreateRateLine(string name, ChartColor color, double unit, params string[] columns)
        {
            var places = columns.Select(timeline.Schema.IndexOf).ToList();
            if (places.Any(place => place is null))
                return null;
            double? Sum(TelemetrySample sample) => places.Aggregate((double?)0, (sum, place) => sum + sample[place!.Value]);
            var rows = timeline.IsSeenThroughExporter ? [.. SelectRows([.. places.OfType<int>()])] : ThinOut(timeline.Samples, columns);
            return CreateLine(name, color, rows.Zip(rows.Skip(1)).Select(pair => new ChartPoint(
                (Seconds(pair.First) + Seconds(pair.Second)) / 2,
                Sum(pair.Second) - Sum(pair.First) is { } grown and >= 0
                    && !(timeline.IsSeenThroughExporter && Seconds(pair.Second) - Seconds(pair.First) > MaxScrapeSeconds)
                    ? grown / unit / (Seconds(pair.Second) - Seconds(pair.First))
                    : null)));
        }

        private static Line? CreateLine(string name, ChartColor color, IEnumerable<ChartPoint> points)
        {
            var all = points.ToList();
            return all.Any(point => point.Y is > 0) ? new Line(name, color, all, Symbol: Symbol.None) : null;
        }

        private double Seconds(TelemetrySample sample) => sample.At.Since(origin).TotalSeconds;
    }
}
