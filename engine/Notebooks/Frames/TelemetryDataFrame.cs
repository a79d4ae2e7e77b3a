using System.Runtime.InteropServices;
using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Samples of the machine. Segments of a resumed run can have different columns; a missing column is null in its
/// segment.</summary>
internal static class TelemetryDataFrame
{
    public static DataFrame Create(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var names = run.Telemetry.SelectMany(timeline => timeline.Schema.Columns).Select(column => column.Name).Distinct();
        var rows = run.Telemetry.Sum(timeline => timeline.Samples.Count);
        return new DataFrame([
            new PrimitiveDataFrameColumn<long>("stretch",
                run.Telemetry.SelectMany((timeline, index) => Enumerable.Repeat(index + 1L, timeline.Samples.Count))),
            CreateColumn("at_seconds", rows, run.Telemetry, _ => sample => sample.At.Seconds),
            .. names.Select(
                name => CreateColumn(name, rows, run.Telemetry,
                    schema => schema.IndexOf(name) is { } place ? sample => sample[place] : _ => null)),
        ]);
    }

    // Whole columns in the frame's own form, that of Arrow. Appending value by value would take ten times as long.
    private static PrimitiveDataFrameColumn<double> CreateColumn(string name, int rows, IReadOnlyList<TelemetryTimeline> timelines,
        Func<TelemetrySchema, Func<TelemetrySample, double?>> reading)
    {
        var (bytes, known) = (new byte[checked(rows * sizeof(double))], new byte[(rows + 7) / 8]);
        var values = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        var (row, absent) = (0, 0);
        foreach (var timeline in timelines)
        {
            var read = reading(timeline.Schema);
            foreach (var sample in timeline.Samples)
            {
                if (read(sample) is { } value)
                {
                    values[row] = value;
                    known[row >> 3] |= (byte)(1 << (row & 7));
                }
                else
                {
                    absent++;
                }
                row++;
            }
        }
        return new PrimitiveDataFrameColumn<double>(name, bytes, known, rows, absent);
    }
}
