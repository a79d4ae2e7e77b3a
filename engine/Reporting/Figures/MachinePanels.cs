using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Units;

namespace MemoryWall.Reporting.Figures;

/// <summary>The machine's readings as panels over time. A reading that is absent, or always 0, has no line.</summary>
internal static class MachinePanels
{
    private const double MinRateSeconds = 0.2;
    private const double MinPoints = 40;

    public static IEnumerable<Panel> Create(TelemetryTimeline timeline, Instant origin)
    {
        var read = new Readings(timeline, origin);
        Panel?[] panels =
        [
            CreatePanel("cores busy", 0,
                read.CreateRateLine("server", ChartColor.Blue, 1, "server_cpu_user_seconds_total", "server_cpu_system_seconds_total"),
                read.CreateRateLine("whole machine", ChartColor.Grey, 1, "host_cpu_busy_seconds_total")),
            CreateMemoryPanel(read),
            CreateStoragePanel(read),
            CreatePanel("events/s", 0,
                read.CreateRateLine("major faults of the server", ChartColor.Vermilion, 1, "server_major_faults_total"),
                read.CreateRateLine("allocations at the limit", ChartColor.Purple, 1, "server_cgroup_limit_hits_total")),
            CreatePanel("pressure, share", 0,
                read.CreateRateLine("waiting for memory (PSI some)", ChartColor.Vermilion, 1, "host_pressure_memory_some_seconds_total"),
                read.CreateRateLine("waiting for a disk (PSI some)", ChartColor.Green, 1, "host_pressure_io_some_seconds_total")),
            CreatePanel("accelerator busy", 0, read.CreateGaugeLine("gpu0", ChartColor.Blue, 1, "gpu0_utilization_ratio")),
        ];
        return panels.OfType<Panel>();
    }

    /// <summary>Memory and storage only.</summary>
    public static IEnumerable<Panel> CreateMemory(TelemetryTimeline timeline, Instant origin)
    {
        var read = new Readings(timeline, origin);
        return new[] { CreateMemoryPanel(read), CreateStoragePanel(read) }.OfType<Panel>();
    }

    private static Panel? CreateMemoryPanel(Readings read) => CreatePanel("memory, MiB", 0,
        read.CreateGaugeLine("server, anonymous", ChartColor.Blue, ByteSize.MiB, "server_rss_anon_bytes"),
        read.CreateGaugeLine("server, mapped files", ChartColor.Green, ByteSize.MiB, "server_rss_file_bytes"),
        read.CreateGaugeLine("server, swapped out", ChartColor.Vermilion, ByteSize.MiB, "server_swap_bytes"),
        read.CreateGaugeLine("control group (cgroup)", ChartColor.Purple, ByteSize.MiB, "server_cgroup_memory_bytes"),
        read.CreateGaugeLine("limit of the control group", ChartColor.Text, ByteSize.MiB, "server_cgroup_limit_bytes"));

    private static Panel? CreateStoragePanel(Readings read) => CreatePanel("MiB/s", 0,
        read.CreateRateLine("server reads from storage", ChartColor.Green, ByteSize.MiB, "server_read_bytes_total"),
        read.CreateRateLine("swapped in", ChartColor.Vermilion, ByteSize.MiB, "host_swap_in_bytes_total"),
        read.CreateRateLine("swapped out", ChartColor.Orange, ByteSize.MiB, "host_swap_out_bytes_total"));

    private static Panel? CreatePanel(string title, double min, params Line?[] lines)
    {
        var known = lines.OfType<Line>().ToList();
        return known.Count == 0 ? null : new Panel { Y = new Axis(title) { Min = min }, Marks = known, Weight = 0.6 };
    }

    private sealed class Readings(TelemetryTimeline timeline, Instant origin)
    {
        private readonly List<TelemetrySample> _thinnedSamples = ThinOut(timeline.Samples);

        public Line? CreateGaugeLine(string name, ChartColor color, double unit, string column) =>
            timeline.Schema.IndexOf(column) is { } place
            ? CreateLine(name, color,
                timeline.Samples.Select(
                    sample => new ChartPoint(Seconds(sample), CgroupLimit.FromReading(sample[place]) / unit)))
            : null;

        // At phase changes samples are only milliseconds apart, and a rate over one kernel tick is meaningless. Rates are therefore
        // computed over at least a fifth of a second.
        private static List<TelemetrySample> ThinOut(IReadOnlyList<TelemetrySample> samples)
        {
            var spaced = new List<TelemetrySample>();
            var least = samples.Count == 0 ? 0 : Math.Min(MinRateSeconds, samples[^1].At.Since(samples[0].At).TotalSeconds / MinPoints);
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
            return CreateLine(name, color, _thinnedSamples.Zip(_thinnedSamples.Skip(1)).Select(pair => new ChartPoint(
                (Seconds(pair.First) + Seconds(pair.Second)) / 2,
                Sum(pair.Second) - Sum(pair.First) is { } grown and >= 0
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
