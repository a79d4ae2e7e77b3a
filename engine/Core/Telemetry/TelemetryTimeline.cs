namespace MemoryWall.Core.Telemetry;

/// <summary>Telemetry of a run: its columns, and its rows in order of time. A missed row is a gap; nothing is interpolated.</summary>
internal sealed record TelemetryTimeline
{
    /// <summary>The columns.</summary>
    public required TelemetrySchema Schema { get; init; }

    /// <summary>The rows, in order of time.</summary>
    public required IReadOnlyList<TelemetrySample> Samples { get; init; }

    /// <summary>Whether the columns are those of exporters, read at most once a second, and not of this machine.</summary>
    public bool IsSeenThroughExporter { get; init; }

    /// <summary>Problems in the file that the reader skipped; empty for telemetry that comes directly from the sampler.</summary>
    public IReadOnlyList<string> ReadWarnings { get; init; } = [];

    /// <summary>Copies the values of a column, as many as there are rows; NaN where one is absent.</summary>
    public void CopyColumn(int column, Span<double> into)
    {
        if (Samples is TelemetryRows rows)
        {
            foreach (var block in rows.Blocks)
            {
                block.Column(column).CopyTo(into);
                into = into[block.Rows..];
            }
            return;
        }
        for (var row = 0; row < Samples.Count; row++)
            into[row] = Samples[row][column] ?? double.NaN;
    }
}
