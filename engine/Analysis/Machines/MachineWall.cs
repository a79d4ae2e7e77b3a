using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;

namespace MemoryWall.Analysis.Machines;

/// <summary>Where memory runs out on a machine.</summary>
/// <param name="InsideTokens">The largest context in memory below the wall; absent where no trial shows one.</param>
/// <param name="BeyondTokens">The smallest context beyond the wall; absent where no wall was found.</param>
/// <param name="Beyond">What memory does there; absent where no wall was found.</param>
internal sealed record MachineWall(int? InsideTokens, int? BeyondTokens, MemoryRegime? Beyond)
{
    /// <summary>The wall of a run.</summary>
    public static MachineWall FromVerdict(WallVerdict verdict) =>
        new(verdict.InsideTokens, verdict.BeyondTokens, verdict.Beyond?.Regime);

    /// <summary>The wall of several runs of one machine: the smallest context beyond one, and the largest in memory below it.</summary>
    public static MachineWall Combine(IReadOnlyList<MachineWall> walls)
    {
        var first = walls.Where(wall => wall.BeyondTokens is not null).MinBy(wall => wall.BeyondTokens);
        var inside = walls.Select(wall => wall.InsideTokens)
            .Where(tokens => first is null || tokens < first.BeyondTokens).Max();
        return new MachineWall(inside, first?.BeyondTokens, first?.Beyond);
    }
}
