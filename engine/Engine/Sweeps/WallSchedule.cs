using MemoryWall.Analysis.Walls;
using MemoryWall.Facts;
using MemoryWall.Models;

namespace MemoryWall.Sweeps;

/// <summary>
/// Looks for the memory wall: contexts double until one is no longer in memory, then the gap is halved until it is as narrow as asked for. The
/// last context inside is run once more; an edge that does not hold twice moves on inward.
/// </summary>
internal sealed class WallSchedule(SweepPlan plan, ModelShape? shape, int mostTokens) : ISchedule
{
    private const int Growth = 2;

    // llama.cpp makes room in steps of 256 tokens: contexts are chosen so that their windows end there.
    private const int Cells = 256;

    // A search that meets nothing but failures of other kinds must end too.
    private const int MostSteps = 64;

    private readonly WallPlan _wall = plan.Wall!;
    private int _warmups;

    public IReadOnlyList<PlannedTrial> Certain { get; } =
        [.. Enumerable.Repeat(new PlannedTrial(plan.Wall!.FromTokens, Repetition: 0, Concurrency: 1), plan.Warmups), new PlannedTrial(plan.Wall!.FromTokens, 1, 1)];

    public PlannedTrial? Next(IReadOnlyList<Trial> done)
    {
        if (_warmups < plan.Warmups)
            return Certain[_warmups++];
        var measured = done.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup) && trial.Outcome is not Cancelled).ToList();
        if (measured.Count >= MostSteps)
            return null;
        var regimes = Regimes.Of(measured, shape);
        var (inside, beyond) = WallFinding.Edge(regimes);
        if (measured.Count == 0)
            return Step(_wall.FromTokens, measured);
        // Neither inside nor beyond can be told from a trial that failed for other reasons: what lies above it can be told no better.
        if (beyond is null && regimes[^1].Regime == MemoryRegime.Unknown)
            return null;
        if (beyond is null)
            return inside is { } reached && reached < mostTokens ? Step(Math.Min(mostTokens, OnCell((long)reached * Growth)), measured) : null;
        // Where not even the first context fits, the smallest there is tells at once whether any does.
        if (inside is null && beyond > Smallest && measured.All(trial => trial.ContextTokens != Smallest))
            return Step(Smallest, measured);
        var low = inside ?? 0;
        if (beyond - low > Math.Max(_wall.MinStepTokens, _wall.Tolerance * beyond.Value))
        {
            var middle = OnCell(low + (beyond.Value - low) / 2);
            // One that was tried and is on neither side failed for other reasons: it would do so again.
            if (middle > low && middle < beyond)
                return measured.Any(trial => trial.ContextTokens == middle) ? null : Step(middle, measured);
        }
        var tries = measured.Count(trial => trial.ContextTokens == inside);
        return inside is { } edge && tries < 2 ? Step(edge, measured) : null;
    }

    private static PlannedTrial Step(int context, IReadOnlyList<Trial> done) => new(context, 1 + done.Count(trial => trial.ContextTokens == context), 1);

    // The context whose window is the first cells that llama.cpp makes.
    private int Smallest => OnCell(Cells);

    // The largest context not above this one whose window fills its last cell.
    private int OnCell(long context)
    {
        var beside = plan.OutputTokens + plan.WindowMarginTokens;
        var window = (context + beside) / Cells * Cells;
        return (int)Math.Max(1, Math.Min(int.MaxValue, window) - beside);
    }
}
