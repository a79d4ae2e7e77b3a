using System.Text;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>Writes the control files of a cgroup folder and lists its processes.</summary>
internal static class CgroupFile
{
    /// <summary>Writes a value.</summary>
    /// <exception cref="CapException">The kernel or the rights of this process do not allow it; the message contains the system's
    /// error.</exception>
    public static void Write(string folder, string name, string value)
    {
        var path = Path.Combine(folder, name);
        try
        {
            // The kernel provides these files. They must not be truncated or replaced.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(Encoding.ASCII.GetBytes(value));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CapException($"{value} could not be written to {path}: {error.Message}");
        }
    }

    /// <summary>The file that lists the processes of a group; writing a process id to it moves the process into the group.</summary>
    public static string ProcsPath(string folder) => Path.Combine(folder, "cgroup.procs");

    /// <summary>The processes in the group; empty where the folder does not exist.</summary>
    public static IReadOnlyList<int> ReadPids(string folder) =>
        [.. (LinuxRoot.ReadText(ProcsPath(folder)) ?? "").Split('\n')
            .Select(line => FieldParser.ParseWholeNumber(line.Trim())).OfType<long>().Select(pid => (int)pid)];
}
