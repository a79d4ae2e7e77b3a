using System.Text.RegularExpressions;
using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Tables;

/// <summary>The samples of the machine. Their columns depend on the machine, so a file has those of its run.</summary>
internal static partial class TelemetryTable
{
    private const string Stretch = "stretch";

    private static readonly string[] s_taken =
        [RunColumns.IdName, Stretch, RunFiles.TelemetryTimeColumn, "schema_version", "started_month"];

    /// <summary>The columns that every file has.</summary>
    public static IReadOnlyList<LakeColumn> Columns { get; } =
    [
        RunColumns.Id,
        new(Stretch, LakeType.Integer, "", "Which segment of the run, from 1: a new one begins when the run is resumed."),
        new(RunFiles.TelemetryTimeColumn, LakeType.Number, "s, clock", "When reading the sample began, on the run's clock."),
    ];

    /// <summary>The rows of a run, and the columns whose names are none that a sampler writes and that are left out.</summary>
    public static (TableContent Content, IReadOnlyList<string> LeftOut) Fill(string runId, Run run)
    {
        var timelines = run.Telemetry;
        var rows = timelines.Sum(timeline => timeline.Samples.Count);
        var names = timelines.SelectMany(timeline => timeline.Schema.Columns).Select(column => column.Name).Distinct().ToList();
        var (stretch, at) = (new long?[rows], new double?[rows]);
        var row = 0;
        for (var i = 0; i < timelines.Count; i++)
        {
            foreach (var sample in timelines[i].Samples)
                (stretch[row], at[row++]) = (i + 1, sample.At.Seconds);
        }
        var content = new TableContent(
        [
            RunColumns.Repeat(runId, rows),
            new ColumnValues(Stretch, LakeType.Integer, stretch),
            new ColumnValues(RunFiles.TelemetryTimeColumn, LakeType.Number, at),
            .. names.Where(IsUsable).Select(name => new ColumnValues(name, LakeType.Number, Read(timelines, name, rows))),
        ], rows);
        return (content, [.. names.Where(name => !IsUsable(name))]);
    }

    // SQL does not tell capital letters from small ones, and the names of the lake's own columns are taken.
    private static bool IsUsable(string name) => SamplerName().IsMatch(name) && !s_taken.Contains(name);

    private static double?[] Read(IReadOnlyList<TelemetryTimeline> timelines, string name, int rows)
    {
        var values = new double?[rows];
        var start = 0;
        foreach (var timeline in timelines)
        {
            if (timeline.Schema.IndexOf(name) is { } place)
            {
                var column = new double[timeline.Samples.Count];
                timeline.CopyColumn(place, column);
                for (var row = 0; row < column.Length; row++)
                    values[start + row] = double.IsFinite(column[row]) ? column[row] : null;
            }
            start += timeline.Samples.Count;
        }
        return values;
    }

    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,99}\z")]
    private static partial Regex SamplerName();
}
