using MemoryWall.Facts;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Samples of the machine. Stretches of a resumed run may have other columns; what one of them lacks is null there.</summary>
internal static class TelemetryFrame
{
    public static DataFrame Of(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var names = run.Telemetry.SelectMany(timeline => timeline.Schema.Columns).Select(column => column.Name).Distinct();
        return new DataFrame([
            new PrimitiveDataFrameColumn<int>("stretch", run.Telemetry.SelectMany((timeline, index) => Enumerable.Repeat(index + 1, timeline.Samples.Count))),
            new PrimitiveDataFrameColumn<double>("at_seconds", run.Telemetry.SelectMany(timeline => timeline.Samples).Select(sample => sample.At.Seconds)),
            .. names.Select(name => new PrimitiveDataFrameColumn<double>(name, Values(run.Telemetry, name))),
        ]);
    }

    // Column by column: a list of rows in between would hold millions of them once more.
    private static IEnumerable<double?> Values(IReadOnlyList<TelemetryTimeline> timelines, string name)
    {
        foreach (var timeline in timelines)
        {
            var place = timeline.Schema.Find(name);
            foreach (var sample in timeline.Samples)
                yield return place is { } column ? sample[column] : null;
        }
    }
}
