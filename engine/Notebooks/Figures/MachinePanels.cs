using MemoryWall.Charts;
using MemoryWall.Facts;
using MemoryWall.Time;

namespace MemoryWall.Notebooks.Figures;

/// <summary>The machine's readings as panels over seconds; a reading that is absent, or that never left 0, has no line.</summary>
internal static class MachinePanels
{
    private const double Mebi = 1048576;

    // Without a limit the kernel reports numbers near 2^63.
    private const double NoLimit = 1L << 60;

    private const double LeastSeconds = 0.2;
    private const double FewestPoints = 40;

    public static IEnumerable<Panel> Of(TelemetryTimeline timeline, Instant origin)
    {
        var read = new Readings(timeline, origin);
        Panel?[] panels =
        [
            Panel("cores busy", 0, read.Rate("server", Ink.Blue, 1, "server_cpu_user_seconds_total", "server_cpu_system_seconds_total"), read.Rate("whole machine", Ink.Grey, 1, "host_cpu_busy_seconds_total")),
            Panel("memory, MiB", 0, read.State("server, no file behind it", Ink.Blue, Mebi, "server_rss_anon_bytes"), read.State("server, mapped files", Ink.Green, Mebi, "server_rss_file_bytes"),
                read.State("server, swapped out", Ink.Vermilion, Mebi, "server_swap_bytes"), read.State("control group", Ink.Purple, Mebi, "server_cgroup_memory_bytes"), read.State("limit of the group", Ink.Text, Mebi, "server_cgroup_limit_bytes")),
            Panel("MiB/s", 0, read.Rate("server read from storage", Ink.Green, Mebi, "server_read_bytes_total"), read.Rate("swapped in", Ink.Vermilion, Mebi, "host_swap_in_bytes_total"), read.Rate("swapped out", Ink.Orange, Mebi, "host_swap_out_bytes_total")),
            Panel("events/s", 0, read.Rate("major faults of the server", Ink.Vermilion, 1, "server_major_faults_total"), read.Rate("limit of the group met", Ink.Purple, 1, "server_cgroup_limit_hits_total")),
            Panel("waiting, share", 0, read.Rate("waiting for memory (PSI some)", Ink.Vermilion, 1, "host_pressure_memory_some_seconds_total"), read.Rate("waiting for a disk (PSI some)", Ink.Green, 1, "host_pressure_io_some_seconds_total")),
            Panel("accelerator busy", 0, read.State("gpu0", Ink.Blue, 1, "gpu0_utilization_ratio")),
        ];
        return panels.OfType<Panel>();
    }

    private static Panel? Panel(string title, double min, params Line?[] lines)
    {
        var known = lines.OfType<Line>().ToList();
        return known.Count == 0 ? null : new Panel { Y = new Axis(title) { Min = min }, Marks = known, Weight = 0.6 };
    }

    private sealed class Readings(TelemetryTimeline timeline, Instant origin)
    {
        private readonly List<TelemetrySample> _spaced = Spaced(timeline.Samples);

        public Line? State(string name, Ink color, double unit, string column) => timeline.Schema.IndexOf(column) is { } place
            ? Line(name, color, timeline.Samples.Select(sample => new ChartPoint(Seconds(sample), sample[place] is { } value and < NoLimit ? value / unit : null)))
            : null;

        // At the borders of phases samples come in bursts, and over some milliseconds a rate is the kernel's tick and not the machine: it is taken over no less than a fifth of a second.
        private static List<TelemetrySample> Spaced(IReadOnlyList<TelemetrySample> samples)
        {
            var spaced = new List<TelemetrySample>();
            var least = samples.Count == 0 ? 0 : Math.Min(LeastSeconds, samples[^1].At.Since(samples[0].At).TotalSeconds / FewestPoints);
            foreach (var sample in samples)
            {
                if (spaced.Count == 0 || sample.At.Since(spaced[^1].At).TotalSeconds >= least)
                    spaced.Add(sample);
            }
            return spaced;
        }

        // Between two samples: a counter that began anew, or was not read, is a gap.
        public Line? Rate(string name, Ink color, double unit, params string[] columns)
        {
            var places = columns.Select(timeline.Schema.IndexOf).ToList();
            if (places.Any(place => place is null))
                return null;
            double? Sum(TelemetrySample sample) => places.Aggregate((double?)0, (sum, place) => sum + sample[place!.Value]);
            return Line(name, color, _spaced.Zip(_spaced.Skip(1)).Select(pair => new ChartPoint(
                (Seconds(pair.First) + Seconds(pair.Second)) / 2, Sum(pair.Second) - Sum(pair.First) is { } grown and >= 0 ? grown / unit / (Seconds(pair.Second) - Seconds(pair.First)) : null)));
        }

        private static Line? Line(string name, Ink color, IEnumerable<ChartPoint> points)
        {
            var all = points.ToList();
            return all.Any(point => point.Y is > 0) ? new Line(name, color, all, Symbol: Symbol.None) : null;
        }

        private double Seconds(TelemetrySample sample) => sample.At.Since(origin).TotalSeconds;
    }
}
