using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Audit;
using MemoryWall.Core;
using MemoryWall.Models.Forecast;
using MemoryWall.Notebooks.Frames;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks;

/// <summary>Runs as data frames. Columns are typed and named with their unit, as in data/README.md; absent values are null.</summary>
public static class Frame
{
    /// <summary>One row for each trial, with its rates. Warm-ups are excluded by default. Failures are rows like all others, with their
    /// outcome. The nonce and the outcome as JSON are in the files only.</summary>
    public static DataFrame Trials(Run run, bool withWarmups = false) => TrialDataFrame.Create([Runs.GetReport(run)], withWarmups);

    /// <summary>As <see cref="Trials(Run, bool)"/>, of several runs; <c>run_id</c> distinguishes them.</summary>
    public static DataFrame Trials(IReadOnlyList<Run> runs, bool withWarmups = false) =>
        TrialDataFrame.Create([.. runs.Select(Runs.GetReport)], withWarmups);

    /// <summary>One row per received chunk or progress report.</summary>
    public static DataFrame Tokens(Run run) => TokenDataFrame.Create(run);

    /// <summary>One row for each sample of the machine, with the segment (<c>stretch</c>) of the run that it belongs to.</summary>
    public static DataFrame Telemetry(Run run) => TelemetryDataFrame.Create(run);

    /// <summary>One row for each context: medians over repetitions, their intervals and the number of trials.</summary>
    public static DataFrame Contexts(Run run) =>
        ColumnDataFrame.Create(ContextSchema.Columns, Runs.Analysis(run).Contexts);

    /// <summary>One row for each context of a forecast.</summary>
    public static DataFrame Forecast(ForecastTable table) =>
        ColumnDataFrame.Create(ForecastSchema.Columns, [.. table.Rows.Select(row => (table, row))]);

    /// <summary>A comparison of two runs: one row for each quantity and context that both have, with the ratio and its interval.</summary>
    public static DataFrame Comparison(Run first, Run second) =>
        ColumnDataFrame.Create(ComparisonSchema.Columns,
            Runs.Compare(first, second).Contexts);

    /// <summary>Other tools' results (<see cref="Runs.Audited"/>): one row for each record as it was reported, with the
    /// names of the rules that doubt it.</summary>
    public static DataFrame Audited(params AuditedFile[] files) =>
        ColumnDataFrame.Create(AuditSchema.Columns, AuditSchema.ToRows(files));

    /// <summary>Writes a data frame as CSV: comma, decimal point, absent values empty. Text that a spreadsheet would run as a formula gets
    /// a leading apostrophe.</summary>
    public static void SaveCsv(this DataFrame frame, string path) => DataFrameCsv.Save(frame, path);

    /// <summary>Writes a data frame as Parquet: the same columns with their types, absent values as nulls.</summary>
    public static Task SaveParquetAsync(this DataFrame frame, string path) => DataFrameParquet.SaveAsync(frame, path);
}
