namespace MemoryWall.Runs.Archives;

/// <summary>A run that a user named.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Folder">Its folder, in full.</param>
/// <param name="Sample">The name of the sample that it is; null for other runs.</param>
internal sealed record NamedRun(string Id, string Folder, string? Sample);

/// <summary>The runs that a user named, in their order. Zip files are unpacked until this is disposed.</summary>
internal sealed class NamedRuns : IDisposable
{
    private readonly List<string> _unpacked;

    /// <param name="runs">The runs.</param>
    /// <param name="unpacked">Temporary folders, removed at the end.</param>
    public NamedRuns(IReadOnlyList<NamedRun> runs, List<string> unpacked) => (Runs, _unpacked) = (runs, unpacked);

    /// <summary>The runs.</summary>
    public IReadOnlyList<NamedRun> Runs { get; }

    public void Dispose() => Remove(_unpacked);

    /// <summary>Removes temporary folders.</summary>
    internal static void Remove(IEnumerable<string> folders)
    {
        foreach (var folder in folders.Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
    }
}
