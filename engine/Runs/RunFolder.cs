using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs;

/// <summary>The folder of a run that is about to be written.</summary>
internal static class RunFolder
{
    /// <summary>Refuses a folder that is a link: it would write a run somewhere else.</summary>
    /// <exception cref="StoreException">It is one.</exception>
    public static void RequireNoLink(string folder)
    {
        if (StoreException.WrapIOErrors(folder, "reading it", () => FileFacts.Read(folder))?.Kind == FileKind.Link)
            throw new StoreException(folder, "the folder is a link to another one; name the runs of that one with --runs");
    }
}
