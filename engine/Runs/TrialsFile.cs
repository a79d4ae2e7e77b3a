using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Runs;

/// <summary><c>trials.csv</c>: one row for each trial.</summary>
internal static class TrialsFile
{
    /// <summary>As much of a file is read at most: some hundred thousand trials.</summary>
    public const long MaxBytes = 64 << 20;

    private static readonly CsvTable<Trial> s_table = new(TrialSchema.Columns, addedLater: TrialSchema.AddedLater, maxBytes: MaxBytes);
    private static readonly CsvTable<Trial> s_schema1 = new(TrialSchema1.Columns, isGrowing: true, maxBytes: MaxBytes);

    public static byte[] Header => s_table.Header;

    public static byte[] FormatRow(Trial trial) => s_table.FormatRows([trial]);

    /// <summary>The trials of a file, in its order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="manifest">The run's manifest: its schema, and its plan for values that a row lacks.</param>
    /// <param name="warnings">Collects what could not be read.</param>
    public static IReadOnlyList<Trial> Read(string path, RunManifest manifest, ReadWarningCollector warnings)
    {
        var table = manifest.SchemaVersion <= 1 ? s_schema1 : s_table;
        var trials = new List<Trial>();
        var numbers = new HashSet<int>();
        foreach (var (trial, location) in table.Read(path, row => CreateEmpty(manifest.Plan, row, warnings), warnings))
        {
            if (trial.Number < 1)
                warnings.Add($"{location}: {trial.Number} is not the number of a trial; the row is skipped");
            else if (!numbers.Add(trial.Number))
                warnings.Add($"{location}: there is a row of trial {trial.Number} already; this row is skipped");
            else
                trials.Add(trial);
        }
        return trials;
    }

    // A value that the row lacks is the value of the plan.
    private static Trial CreateEmpty(SweepPlan plan, CsvTableReader row, ReadWarningCollector warnings) => new()
    {
        Number = 0,
        ContextTokens = 0,
        Repetition = 0,
        OutputTokensAsked = plan.OutputTokens,
        PromptKind = plan.PromptKind,
        Outcome = OutcomeColumns.Read(row, warnings),
    };
}
