using System.Diagnostics;
using System.Globalization;

namespace MemoryWall.Tests;

/// <summary>Processes of this machine, and signals to them (Linux).</summary>
internal static class ProcessTree
{
    /// <summary>The process that a program ends with itself: the embedded server, or what runs a notebook; null while there is
    /// none.</summary>
    public static int? FindServer(int root) => Find(root, "--parent-stdin");

    /// <summary>The shell that cleans up after a program that is killed; null while there is none.</summary>
    public static int? FindGuardian(int root) => Find(root, "memwall-guardian");

    /// <summary>The kernel that computes a notebook's cells; null while there is none.</summary>
    public static int? FindKernel(int root) => Find(root, "dotnet-interactive");

    /// <summary>Processes that name a text in their command line.</summary>
    public static IReadOnlyList<int> FindAll(string text) =>
        [.. List().Where(process => ReadCommandLine(process.Id).Contains(text, StringComparison.Ordinal)).Select(process => process.Id)];

    /// <summary>The processes that a process has started and that have not ended.</summary>
    public static IReadOnlyList<int> ListChildren(int parent) =>
        [.. List().Where(process => process.Parent == parent).Select(process => process.Id)];

    /// <summary>Sends a signal; false where there is no such process any more.</summary>
    /// <param name="name">The signal, for example <c>KILL</c>.</param>
    /// <param name="id">The process; null for none.</param>
    public static bool Signal(string name, int? id)
    {
        if (id is not { } some)
            return false;
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{name}", some.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
        })!;
        kill.WaitForExit();
        return kill.ExitCode == 0;
    }

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
