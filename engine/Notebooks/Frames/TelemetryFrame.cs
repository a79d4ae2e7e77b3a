using MemoryWall.Facts;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Samples of the machine. Stretches of a resumed run may have other columns; what one of them lacks is null there.</summary>
internal static class TelemetryFrame
{
    public static DataFrame Of(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var rows = run.Telemetry.SelectMany((timeline, index) => timeline.Samples.Select(sample => (Stretch: index + 1, timeline.Schema, Sample: sample))).ToList();
        var columns = new FrameColumns<(int Stretch, TelemetrySchema Schema, TelemetrySample Sample)>(rows)
            .Add<int>("stretch", row => row.Stretch)
            .Add<double>("at_seconds", row => row.Sample.At.Seconds);
        foreach (var name in run.Telemetry.SelectMany(timeline => timeline.Schema.Columns).Select(column => column.Name).Distinct())
        {
            var places = run.Telemetry.Select(timeline => timeline.Schema.Find(name)).ToList();
            columns.Add<double>(name, row => places[row.Stretch - 1] is { } place ? row.Sample[place] : null);
        }
        return columns.ToFrame();
    }
}
