using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Tables;
using MemoryWall.Export.Tables;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Export.Content;

/// <summary>The typed tables of runs.</summary>
internal static class ExportTables
{
    private static readonly DataColumn s_runId = new("run_id", "", "The run.");

    private static readonly Column<(ComparedSystem System, SystemCell Cell)>[] s_systems =
    [
        Column<(ComparedSystem System, SystemCell Cell)>.Word("system", "The system.", FieldDoc.Never, row => row.System.Name),
        Column<(ComparedSystem System, SystemCell Cell)>.Word("run_id", "Its run.", FieldDoc.Never, row => row.System.RunId),
        Column<(ComparedSystem System, SystemCell Cell)>.Integer("context_tokens", "tokens", "The requested length of the prompt (N).",
            FieldDoc.Never, row => row.Cell.ContextTokens),
        Column<(ComparedSystem System, SystemCell Cell)>.Number("ttft_seconds", "s", "Median TTFT.", "It was not measured.",
            row => row.Cell.TtftSeconds),
        Column<(ComparedSystem System, SystemCell Cell)>.Number("generation_tps", "tokens/s",
            "Median generation rate; an upper bound where `is_bound`.", "Nothing was generated.", row => row.Cell.GenerationTps),
        Column<(ComparedSystem System, SystemCell Cell)>.Flag("is_bound", "Whether the rate is an upper bound, from trials that were "
            + "stopped.", FieldDoc.Never, row => row.Cell.IsBound),
        Column<(ComparedSystem System, SystemCell Cell)>.Word("regime", "What memory does, the worst of its trials.", FieldDoc.Never,
            row => EnumNames.Name(row.Cell.Regime)),
        Column<(ComparedSystem System, SystemCell Cell)>.Flag("is_usable", "Whether every trial completed.", FieldDoc.Never,
            row => row.Cell.IsUsable),
        Column<(ComparedSystem System, SystemCell Cell)>.Number("storage_bytes_per_token", "bytes",
            "Bytes read from storage for each token.", "It is not known.", row => row.Cell.StorageBytesPerToken),
        Column<(ComparedSystem System, SystemCell Cell)>.Number("storage_allows_tps", "tokens/s", "The rate that storage allows.",
            "Nothing is streamed.", row => row.Cell.LimitTps),
        Column<(ComparedSystem System, SystemCell Cell)>.Integer("disturbed", "", "Trials during which other programs used the machine.",
            FieldDoc.Never, row => row.Cell.InterferenceCount),
        Column<(ComparedSystem System, SystemCell Cell)>.Integer("disturbed_left_out", "",
            "Those of them that are in no median, because enough undisturbed trials remain.", FieldDoc.Never,
            row => row.Cell.InterferenceLeftOut),
    ];

    private static readonly Column<SystemGain>[] s_gains =
    [
        Column<SystemGain>.Word("system", "The system.", FieldDoc.Never, gain => gain.System),
        Column<SystemGain>.Word("over", "The system that it is compared with.", FieldDoc.Never, gain => gain.Over),
        Column<SystemGain>.Integer("context_tokens", "tokens", "The requested length of the prompt (N).", FieldDoc.Never,
            gain => gain.ContextTokens),
        Column<SystemGain>.Number("factor", "", "Generation rate ÷ that of the other system.", "The other generated nothing.",
            gain => gain.Factor),
        Column<SystemGain>.Number("factor_low", "", "Lower end of its interval.", "There are too few values.", gain => gain.Low),
        Column<SystemGain>.Number("factor_high", "", "Upper end of its interval.", "There are too few values, or it is a lower bound.",
            gain => gain.High),
        Column<SystemGain>.Flag("is_lower_bound", "Whether the factor is a lower bound.", FieldDoc.Never, gain => gain.IsLowerBound),
        Column<SystemGain>.Word("verdict", "The conclusion: `too_few`, `no_difference_shown`, `lower`, `higher` or `equivalent`.",
            "There is no factor.", gain => gain.Finding is { } finding ? EnumNames.Name(finding.Verdict) : null),
        Column<SystemGain>.Integer("pairs", "", "Pairs of repetitions that it rests on.", "There is no factor.",
            gain => gain.Finding?.Pairs),
    ];

    /// <summary>The trials with their rates.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="withRun">Whether the first column names the run.</param>
    public static DataTable CreateTrials(IReadOnlyList<RunReport> runs, bool withRun) => Create("Trials", runs, withRun,
        run => DataTable.Create("Trials", TrialViewSchema.Columns, run.Trials));

    /// <summary>All tables of a workbook, the last of which describes the columns of the others.</summary>
    public static IReadOnlyList<DataTable> CreateAll(ExportContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var tables = new List<DataTable> { CreateSummary(content), CreateRuns(content.Runs) };
        if (content.Systems is { } systems)
        {
            tables.Add(DataTable.Create("Systems", s_systems,
                systems.Systems.SelectMany(system => system.Cells.Select(cell => (system, cell)))));
            tables.Add(DataTable.Create("Gains", s_gains, systems.Gains));
        }
        if (content.Runs is [var first, var second])
            tables.Add(DataTable.Create("Comparison", ComparisonSchema.Columns,
                Comparison.Compare(first, second, margin: null).Contexts));
        tables.Add(Create("Contexts", content.Runs, withRun: true,
            run => DataTable.Create("Contexts", ContextSchema.Columns, run.Contexts)));
        tables.Add(CreateTrials(content.Runs, withRun: true));
        tables.Add(DescribeColumns(tables));
        return tables;
    }

    private static DataTable CreateSummary(ExportContent content) => new("Summary",
        [new("what", "", "Whether the line is a finding or says where the numbers come from."), new("text", "", "The line.")],
        [.. content.Findings.Select(finding => (IReadOnlyList<object?>)["finding", finding]),
            .. content.Provenance.Select(line => (IReadOnlyList<object?>)["provenance", line])]);

    private static DataTable CreateRuns(IReadOnlyList<RunReport> runs) => new("Runs",
    [
        s_runId, new("started", "UTC", "When the run began."), new("label", "", "Its label."), new("note", "", "Its note."),
        new("system", "", "The system in a comparison."), new("target", "", "The protocol of the server."),
        new("model", "", "The model."), new("server_version", "", "The version that the server reports."),
        new("processor", "", "The machine's processor."), new("cores", "", "Cores that could be used."),
        new("ram_bytes", "bytes", "The machine's RAM."), new("operating_system", "", "The operating system."),
        new("kernel", "", "The kernel."), new("cap_bytes", "bytes", "The memory cap of the server."),
        new("repetitions", "", "Trials at each context that the plan asked for."), new("trials", "", "Trials, warm-ups included."),
        new("engine_version", "", "The version of this program."),
    ],
    [.. runs.Select(run => run.Manifest).Zip(runs, (manifest, run) => (IReadOnlyList<object?>)
        [
            manifest.RunId, manifest.StartedUtc, manifest.Label, manifest.Note, manifest.Plan.System, manifest.Target.Kind,
            manifest.Target.Model, manifest.Target.ServerVersion is { } version ? WordFormat.Version(version) : null,
            manifest.Machine.CpuModel, manifest.Machine.AvailableCores,
            manifest.Machine.MemoryTotalBytes, manifest.Machine.OperatingSystem, manifest.Machine.Kernel, manifest.Plan.Cap?.Bytes,
            manifest.Plan.Repetitions, run.Trials.Count, WordFormat.Version(manifest.EngineVersion),
        ])]);

    private static DataTable DescribeColumns(IEnumerable<DataTable> tables) => new("Columns",
        [new("sheet", "", "The sheet."), new("column", "", "The column."), new("unit", "", "Its unit."),
            new("meaning", "", "What it is. An empty cell means that it is not known, and never zero.")],
        [.. tables.SelectMany(table => table.Columns.Select(
            column => (IReadOnlyList<object?>)[table.Name, column.Name, column.Unit.Length == 0 ? null : column.Unit, column.Meaning]))]);

    private static DataTable Create(string name, IReadOnlyList<RunReport> runs, bool withRun, Func<RunReport, DataTable> create) =>
        DataTable.Concat([.. runs.Select(run => withRun ? create(run).Prepend(s_runId, run.Manifest.RunId) : create(run))]) with
        {
            Name = name,
        };
}
