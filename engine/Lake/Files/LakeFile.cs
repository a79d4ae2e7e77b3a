namespace MemoryWall.Lake.Files;

/// <summary>The part of a lake that a run belongs to.</summary>
/// <param name="Month">The first day of the month in which it began, in UTC.</param>
internal readonly record struct LakePartition(DateOnly Month);

/// <summary>A file of the lake, which every table has under the same name.</summary>
/// <param name="Partition">Where it is.</param>
/// <param name="Name">Its name.</param>
internal sealed record LakeFile(LakePartition Partition, LakeFileName Name);

/// <summary>Something in the lake that is not read, and why.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Reason">The reason, to follow the path.</param>
/// <param name="LosesRuns">Whether runs of the lake are missing because of it.</param>
internal sealed record LakeProblem(string Path, string Reason, bool LosesRuns = false);

/// <summary>The files of a table.</summary>
/// <param name="Files">Those that belong to the lake.</param>
/// <param name="Others">What else is there.</param>
internal sealed record LakeListing(IReadOnlyList<LakeFile> Files, IReadOnlyList<LakeProblem> Others);
