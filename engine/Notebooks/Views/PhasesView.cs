using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Notebooks.Views;

/// <summary>What limited each phase, with the readings as evidence.</summary>
internal static class PhasesView
{
    public static View Create(IEnumerable<TrialPhase> phases) => new View().AddTable(new TextTable(
        [new("trial"), new("context"), new("phase", IsNumber: false), new("MFU"), new("MBU"), new("J/token"),
            new("verdict", IsNumber: false), new("evidence", IsNumber: false)],
        [.. phases.SelectMany(
            phase =>
                phase.Verdicts.Select(
                    verdict => (IReadOnlyList<string>)[NumberFormat.Tokens(phase.Trial), NumberFormat.Tokens(phase.ContextTokens),
                        phase.Phase.ToString().ToLowerInvariant(),
            NumberFormat.Percent(phase.Mfu), NumberFormat.Percent(phase.Mbu), NumberFormat.Number(phase.NetJoulesPerToken),
            PhasePhrases.Format(verdict),
            PhasePhrases.FormatEvidence(verdict)]))]));
}
