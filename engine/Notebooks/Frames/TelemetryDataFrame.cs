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
        var names = run.Telemetry.SelectMany(timeline => timeline.Schema.Columns).Select(column => column.Name).Distinct().ToList();
        var rows = run.Telemetry.Sum(timeline => timeline.Samples.Count);
        var columns = new DataFrameColumn[names.Count];
        // Ten million rows are a gigabyte; each core fills columns of its own.
        Parallel.For(0, names.Count, i => columns[i] = CreateColumn(names[i], rows, run.Telemetry));
        return new DataFrame([CreateStretches(rows, run.Telemetry), CreateTimes(rows, run.Telemetry), .. columns]);
    }

    private static PrimitiveDataFrameColumn<long> CreateStretches(int rows, IReadOnlyList<TelemetryTimeline> timelines)
    {
        var buffer = new ColumnBuffer(rows);
        var values = MemoryMarshal.Cast<byte, long>(buffer.Bytes.AsSpan());
        var row = 0;
        for (var i = 0; i < timelines.Count; row += timelines[i++].Samples.Count)
            values.Slice(row, timelines[i].Samples.Count).Fill(i + 1);
        buffer.MarkAllKnown();
        return new PrimitiveDataFrameColumn<long>("stretch", buffer.Bytes, buffer.Known, rows, 0);
    }

    private static PrimitiveDataFrameColumn<double> CreateTimes(int rows, IReadOnlyList<TelemetryTimeline> timelines)
    {
        var buffer = new ColumnBuffer(rows);
        var values = MemoryMarshal.Cast<byte, double>(buffer.Bytes.AsSpan());
        var row = 0;
        foreach (var timeline in timelines)
        {
            if (timeline.Samples is TelemetryRows stored)
            {
                foreach (var block in stored.Blocks)
                {
                    foreach (var at in block.At)
                        values[row++] = at.Seconds;
                }
            }
            else
            {
                foreach (var sample in timeline.Samples)
                    values[row++] = sample.At.Seconds;
            }
        }
        buffer.MarkAllKnown();
        return new PrimitiveDataFrameColumn<double>("at_seconds", buffer.Bytes, buffer.Known, rows, 0);
    }

    // Whole columns in the frame's own form, that of Arrow. Appending value by value would take ten times as long.
    private static PrimitiveDataFrameColumn<double> CreateColumn(string name, int rows, IReadOnlyList<TelemetryTimeline> timelines)
    {
        var buffer = new ColumnBuffer(rows);
        foreach (var timeline in timelines)
        {
            if (timeline.Schema.IndexOf(name) is not { } place)
                buffer.Skip(timeline.Samples.Count);
            else if (timeline.Samples is TelemetryRows stored)
            {
                foreach (var block in stored.Blocks)
                    buffer.Add(block.Column(place));
            }
            else
            {
                foreach (var sample in timeline.Samples)
                    buffer.Add([sample[place] ?? double.NaN]);
            }
        }
        return new PrimitiveDataFrameColumn<double>(name, buffer.Bytes, buffer.Known, rows, buffer.Absent);
    }
}
