using MemoryWall.Core;
using MemoryWall.Core.Files;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;

namespace MemoryWall.Cli.Pages;

/// <summary>The runs of a page, as its notebook finds them: samples by name, all others by id in one folder. A run from elsewhere is copied
/// there first, so that no path of this machine gets into the page.</summary>
internal sealed class ShownRuns : IDisposable
{
    private readonly NamedRuns _named;
    private readonly string? _copies;

    private ShownRuns(NamedRuns named, string folder, string? copies) => (_named, Folder, _copies) = (named, folder, copies);

    /// <summary>Their names, in their order.</summary>
    public IReadOnlyList<string> Names => [.. _named.Runs.Select(run => run.Sample ?? run.Id)];

    /// <summary>The folder of the runs that are no samples.</summary>
    public string Folder { get; }

    /// <summary>Finds the runs.</summary>
    /// <param name="store">The store of this machine.</param>
    /// <param name="named">The runs. They stay open as long as this is.</param>
    /// <exception cref="StoreException">A run cannot be copied.</exception>
    public static ShownRuns Create(RunStore store, NamedRuns named)
    {
        var own = named.Runs.Where(run => run.Sample is null).ToList();
        if (own.TrueForAll(run => run.Folder == Path.Combine(store.Root, run.Id)))
            return new ShownRuns(named, store.Root, null);
        var copies = Directory.CreateTempSubdirectory("memwall-runs-").FullName;
        var shown = new ShownRuns(named, copies, copies);
        try
        {
            foreach (var run in own)
                Copy(run.Folder, Path.Combine(copies, run.Id));
            return shown;
        }
        catch
        {
            shown.Dispose();
            throw;
        }
    }

    /// <summary>Reads the runs.</summary>
    /// <exception cref="StoreException">One cannot be read.</exception>
    public IReadOnlyList<Run> Read() => [.. _named.Runs.Select(run => RunReader.Read(run.Folder, withMarks: true).Run)];

    public void Dispose()
    {
        if (_copies is not null && Directory.Exists(_copies))
            Directory.Delete(_copies, recursive: true);
    }

    private static void Copy(string source, string target) => StoreException.WrapIOErrors(source, "reading the run", () =>
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source).Where(file => RunFiles.IsContent(Path.GetFileName(file))))
        {
            using var from = RegularFile.OpenRead(file);
            using var to = File.Create(Path.Combine(target, Path.GetFileName(file)));
            from.CopyTo(to);
        }
        return true;
    });
}
