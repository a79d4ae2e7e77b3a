using MemoryWall.Analysis;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>What limited each phase, with the readings as evidence.</summary>
internal static class PhasesView
{
    public static View Create(IEnumerable<TrialPhase> phases) => new View().AddTable(PhaseTable.Create(phases));
}
