using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;

namespace MemoryWall.Notebooks.Views;

/// <summary>What limited phases, with the readings.</summary>
internal static class PhasesView
{
    public static View Of(IEnumerable<TrialPhase> phases) => new View().Table(new TextTable(
        [new("trial"), new("context"), new("phase", IsNumber: false), new("MFU"), new("MBU"), new("J/token"), new("verdict", IsNumber: false), new("evidence", IsNumber: false)],
        [.. phases.SelectMany(phase => phase.Verdicts.Select(verdict => (IReadOnlyList<string>)[Say.Tokens(phase.Trial), Say.Tokens(phase.ContextTokens), phase.Phase.ToString().ToLowerInvariant(),
            Say.Percent(phase.Mfu), Say.Percent(phase.Mbu), Say.Number(phase.NetJoulesPerToken), verdict.Sentence, string.Join("; ", verdict.Evidence)]))]));
}
