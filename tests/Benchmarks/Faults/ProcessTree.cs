using System.Globalization;

namespace MemoryWall.Benchmarks.Faults;

/// <summary>Processes of this machine (Linux).</summary>
internal static class ProcessTree
{
    /// <summary>The process that the embedded server is; null while there is none.</summary>
    public static int? FindServer(int root) => Find(root, "--parent-stdin");

    /// <summary>The shell that cleans up after a program that is killed; null while there is none.</summary>
    public static int? FindGuardian(int root) => Find(root, "memwall-guardian");

    /// <summary>The kernel that computes a notebook's cells; null while there is none.</summary>
    public static int? FindKernel(int root) => Find(root, "dotnet-interactive");

    /// <summary>Processes that name a text in their command line.</summary>
    public static IReadOnlyList<int> FindAll(string text) =>
        [.. List().Where(process => ReadCommandLine(process.Id).Contains(text, StringComparison.Ordinal)).Select(process => process.Id)];

    private static int? Find(int root, string text)
    {
        var children = List().ToLookup(process => process.Parent, process => process.Id);
        var open = new Queue<int>(children[root]);
        while (open.TryDequeue(out var id))
        {
            if (ReadCommandLine(id).Contains(text, StringComparison.Ordinal))
                return id;
            foreach (var child in children[id])
                open.Enqueue(child);
        }
        return null;
    }

    private static IEnumerable<(int Id, int Parent)> List()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                continue;
            string[] fields;
            try
            {
                fields = File.ReadAllText($"{folder}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            yield return (id, int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
    }

    private static string ReadCommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
