using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>What limited each phase, with the readings as evidence.</summary>
internal static class PhaseTable
{
    private static readonly TableColumn<(TrialPhase Phase, PhaseVerdict Verdict)>[] s_columns =
    [
        new("trial", row => NumberFormat.Tokens(row.Phase.Trial)),
        new("context", row => NumberFormat.Tokens(row.Phase.ContextTokens)),
        new("phase", row => row.Phase.Phase.ToString().ToLowerInvariant(), IsNumber: false),
        new("MFU", row => NumberFormat.Percent(row.Phase.Mfu)),
        new("MBU", row => NumberFormat.Percent(row.Phase.Mbu)),
        new("J/token", row => NumberFormat.Number(row.Phase.NetJoulesPerToken)),
        new("verdict", row => PhasePhrases.Format(row.Verdict), IsNumber: false),
        new("evidence", row => PhasePhrases.FormatEvidence(row.Verdict), IsNumber: false),
    ];

    public static TextTable Create(IEnumerable<TrialPhase> phases) =>
        s_columns.ToTable(phases.SelectMany(phase => phase.Verdicts.Select(verdict => (phase, verdict))), keyColumns: 3);
}
