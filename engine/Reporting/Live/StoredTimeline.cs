using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Reporting.Live;

/// <summary>The memory of a run over time, from its stored telemetry.</summary>
internal static class StoredTimeline
{
    /// <summary>The points of stored telemetry, for an observer that comes later or a replay.</summary>
    /// <param name="telemetry">The run's telemetry.</param>
    /// <param name="trials">Its trials.</param>
    public static LiveHistory Create(IReadOnlyList<TelemetryTimeline> telemetry, IReadOnlyList<Trial> trials)
    {
        var history = new LiveHistory();
        var spans = TrialSpan.FromTrials(trials);
        var next = 0;
        foreach (var timeline in telemetry)
        {
            var memory = new MemoryColumns(timeline.Schema);
            foreach (var sample in timeline.Samples)
            {
                while (next < spans.Count && spans[next].To.CompareTo(sample.At) < 0)
                    next++;
                var isRunning = next < spans.Count && spans[next].From.CompareTo(sample.At) <= 0;
                history.Add(new LivePoint(sample.At.Seconds, isRunning ? spans[next].Trial.ContextTokens : null,
                    isRunning ? spans[next].PhaseAt(sample.At) : null, memory.ReadMemory(sample), memory.ReadSwap(sample)));
            }
        }
        return history;
    }

    /// <summary>The part of a timeline up to a moment.</summary>
    public static IReadOnlyList<LivePoint> Until(IReadOnlyList<LivePoint> points, Instant at) =>
        [.. points.TakeWhile(point => point.Seconds <= at.Seconds)];

    private sealed class MemoryColumns(TelemetrySchema schema)
    {
        private readonly int? _group = schema.IndexOf("server_cgroup_memory_bytes");
        private readonly int? _limit = schema.IndexOf("server_cgroup_limit_bytes");
        private readonly int? _anonymous = schema.IndexOf("server_rss_anon_bytes");
        private readonly int? _files = schema.IndexOf("server_rss_file_bytes");
        private readonly int? _swap = schema.IndexOf("server_swap_bytes");

        public double? ReadMemory(TelemetrySample sample) =>
            CgroupLimit.FromReading(Read(sample, _limit)) is not null && Read(sample, _group) is { } charged
                ? charged
                : Read(sample, _anonymous) + Read(sample, _files);

        public double? ReadSwap(TelemetrySample sample) => Read(sample, _swap);

        private static double? Read(TelemetrySample sample, int? column) => column is { } index ? sample[index] : null;
    }
}
