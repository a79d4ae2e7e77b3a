using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs;

/// <summary>The sample runs that come with the project, named <c>samples/NAME</c>. They stay as they are.</summary>
internal static class SampleRuns
{
    /// <summary>What a sample's name begins with.</summary>
    public const string Prefix = "samples/";

    /// <summary>The names of all samples; none where the program comes without them.</summary>
    public static IReadOnlyList<string> List() => ProgramFiles.FindSamples() is { } root
        ? [.. Directory.GetDirectories(root).Select(folder => Prefix + Path.GetFileName(folder)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The folder of a sample, which contains its run; null where there is no such sample.</summary>
    /// <param name="name">Its name, with or without <see cref="Prefix"/>.</param>
    public static string? Find(string name)
    {
        var own = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..].TrimEnd('/') : name;
        return RunId.IsValid(own) && ProgramFiles.FindSamples() is { } root
            && Path.Combine(root, own) is var folder && Directory.Exists(folder) ? folder : null;
    }

    /// <summary>The name of the sample that a folder belongs to; null for other folders.</summary>
    public static string? NameOf(string folder) => ProgramFiles.FindSamples() is { } root
        && Path.GetRelativePath(root, folder).Split(Path.DirectorySeparatorChar)[0] is var own && Find(own) is not null
            ? Prefix + own
            : null;
}
