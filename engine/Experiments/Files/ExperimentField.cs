namespace MemoryWall.Experiments.Files;

/// <summary>A field of an experiment's file.</summary>
/// <param name="Section">The section that contains it; empty for the file itself.</param>
/// <param name="Name">Its key.</param>
/// <param name="Meaning">What it is, with its unit and range.</param>
/// <param name="Default">What holds without it.</param>
/// <param name="Example">A value.</param>
internal sealed record ExperimentField(string Section, string Name, string Meaning, string Default, string Example)
{
    /// <summary>Its name with that of its section: <c>axes.models</c>.</summary>
    public string Path => Section.Length == 0 ? Name : $"{Section}.{Name}";
}
