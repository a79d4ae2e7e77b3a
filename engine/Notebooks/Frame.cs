using MemoryWall.Audit;
using MemoryWall.Core;
using MemoryWall.Models.Forecast;
using MemoryWall.Notebooks.Frames;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks;

/// <summary>Runs as tables to calculate with. Columns are typed and named with their unit, as data/README.md has them; what is absent is
/// null.</summary>
public static class Frame
{
    /// <summary>One row a trial, with its rates; warm-ups are left out unless asked for. Failures are rows like all others, with their
    /// outcome. The nonce and the outcome as JSON are left to the files.</summary>
    public static DataFrame Trials(Run run, bool withWarmups = false) => TrialDataFrame.Create([run], withWarmups);

    /// <summary>As <see cref="Trials(Run, bool)"/>, of several runs; <c>run_id</c> tells them apart.</summary>
    public static DataFrame Trials(IReadOnlyList<Run> runs, bool withWarmups = false) => TrialDataFrame.Create(runs, withWarmups);

    /// <summary>One row for each chunk or progress report that arrived.</summary>
    public static DataFrame Tokens(Run run) => TokenDataFrame.Create(run);

    /// <summary>One row for each sample of the machine, with the stretch of the run that it belongs to.</summary>
    public static DataFrame Telemetry(Run run) => TelemetryDataFrame.Create(run);

    /// <summary>One row a context: medians over repetitions, their intervals, and how many trials they rest on.</summary>
    public static DataFrame Contexts(Run run) => ContextDataFrame.Create(run);

    /// <summary>One row a context of a forecast.</summary>
    public static DataFrame Forecast(ForecastTable table) => ForecastDataFrame.Create(table);

    /// <summary>Two runs side by side: one row for each quantity and context that both have, with the ratio and its interval.</summary>
    public static DataFrame Comparison(Run first, Run second) =>
        ComparisonDataFrame.Create(MemoryWall.Analysis.Comparison.Compare(first, second, margin: null));

    /// <summary>Other tools' results (<see cref="Runs.Audited"/>): one row a record as it was reported, with the names of the rules that
    /// doubt it.</summary>
    public static DataFrame Audited(params AuditedFile[] files) => AuditDataFrame.Create(files);

    /// <summary>Writes a table as CSV: comma, decimal point, absent cells empty; text that a spreadsheet would run as a formula has an
    /// apostrophe in front.</summary>
    public static void SaveCsv(this DataFrame frame, string path) => DataFrameCsv.Save(frame, path);

    /// <summary>Writes a table as Parquet: the same columns with their types, absent values as nulls.</summary>
    public static Task SaveParquetAsync(this DataFrame frame, string path) => DataFrameParquet.SaveAsync(frame, path);
}
