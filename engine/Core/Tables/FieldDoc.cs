namespace MemoryWall.Core.Tables;

/// <summary>The documentation of one stored or derived value.</summary>
/// <param name="Name">Its name in files, JSON and data frames, with its unit where the unit is not obvious.</param>
/// <param name="Unit">Its unit, for example <c>bytes</c>; empty where it has none.</param>
/// <param name="Meaning">What it is, in one sentence.</param>
/// <param name="Absent">What an empty cell or a null means, in one sentence.</param>
internal record FieldDoc(string Name, string Unit, string Meaning, string Absent)
{
    /// <summary><see cref="Absent"/> of a value that is always there.</summary>
    public const string Never = "It is never absent.";
}
