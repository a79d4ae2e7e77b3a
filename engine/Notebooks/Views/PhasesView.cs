using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;

namespace MemoryWall.Notebooks.Views;

/// <summary>What limited phases, with the readings.</summary>
internal static class PhasesView
{
    public static View Create(IEnumerable<TrialPhase> phases) => new View().AddTable(new TextTable(
        [new("trial"), new("context"), new("phase", IsNumber: false), new("MFU"), new("MBU"), new("J/token"),
            new("verdict", IsNumber: false), new("evidence", IsNumber: false)],
        [.. phases.SelectMany(
            phase =>
                phase.Verdicts.Select(
                    verdict => (IReadOnlyList<string>)[TextFormat.Tokens(phase.Trial), TextFormat.Tokens(phase.ContextTokens),
                        phase.Phase.ToString().ToLowerInvariant(),
            TextFormat.Percent(phase.Mfu), TextFormat.Percent(phase.Mbu), TextFormat.Number(phase.NetJoulesPerToken), verdict.Sentence,
            string.Join("; ", verdict.Evidence)]))]));
}
