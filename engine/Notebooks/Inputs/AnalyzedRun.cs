using MemoryWall.Analysis;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;

namespace MemoryWall.Notebooks.Inputs;

/// <summary>A stored run with everything that is derived from it. Each analysis is computed once, when it is first used.</summary>
internal sealed class AnalyzedRun(Run stored)
{
    private readonly Lazy<RunAnalysis> _analysis = new(() => RunAnalysis.Analyze(stored));
    private readonly Lazy<WallAnalysis> _wall = new(() => WallAnalysis.Analyze(stored));

    /// <summary>The run as it was stored.</summary>
    public Run Stored => stored;

    public RunManifest Manifest => stored.Manifest;

    public RunAnalysis Analysis => _analysis.Value;

    public WallAnalysis Wall => _wall.Value;
}
