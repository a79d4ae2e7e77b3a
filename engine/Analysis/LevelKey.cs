using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>What the contexts of one level have in common: only within a level are rates comparable over contexts.</summary>
/// <param name="Method">How the contexts were reached.</param>
/// <param name="Label">How the trials differ on purpose.</param>
/// <param name="Concurrency">Concurrent streams.</param>
/// <param name="OutputTokensAsked">Output tokens requested.</param>
internal readonly record struct LevelKey(SweepMethod Method, TrialFlags Label, int Concurrency, int OutputTokensAsked);
