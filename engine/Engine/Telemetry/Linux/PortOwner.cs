using System.Globalization;

namespace MemoryWall.Telemetry.Linux;

/// <summary>Finds the process that listens on a TCP port: the socket's inode from <c>/proc/net/tcp{,6}</c>, its holder from <c>/proc/PID/fd</c>.</summary>
internal static class PortOwner
{
    private const string Listening = "0A";

    // Their socket only forwards: the server itself runs in a container and is another process.
    private static readonly string[] Forwarders = ["docker-proxy", "rootlessport", "rootlesskit", "slirp4netns", "conmon"];

    /// <summary>The process, or why it is not known.</summary>
    public static (int? Pid, string? Problem) Find(LinuxRoot root, int port)
    {
        var sockets = new[] { "net/tcp", "net/tcp6" }.SelectMany(name => Inodes(LinuxRoot.Text(Path.Combine(root.Proc, name)) ?? "", port))
            .Select(inode => $"socket:[{inode}]").ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0)
            return (null, FormattableString.Invariant($"no process of this machine listens on port {port} (or it does so in a network namespace of its own)"));
        var denied = false;
        // Several processes may hold the socket (workers after a fork): the oldest is the parent of the others.
        int? oldest = null;
        foreach (var folder in LinuxRoot.Entries(root.Proc))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            var holds = Holds(Path.Combine(folder, "fd"), sockets);
            denied |= holds is null;
            if (holds == true && (oldest is null || pid < oldest))
                oldest = pid;
        }
        if (oldest is { } found)
        {
            var name = LinuxRoot.Line(Path.Combine(root.Proc, found.ToString(CultureInfo.InvariantCulture), "comm"));
            return Forwarders.Contains(name, StringComparer.Ordinal)
                ? (null, FormattableString.Invariant($"port {port} is forwarded into a container by {name}; give the server's process id as the host sees it"))
                : (found, null);
        }
        return (null, denied
            ? FormattableString.Invariant($"the process on port {port} belongs to another user; run as that user or as root to watch it")
            : FormattableString.Invariant($"the process on port {port} was not found under {root.Proc}"));
    }

    // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode; the port is four hexadecimal figures behind the colon.
    public static IEnumerable<string> Inodes(string table, int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var line in table.Split('\n'))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[3] == Listening && fields[1].EndsWith(suffix, StringComparison.Ordinal) && fields[9] != "0")
                yield return fields[9];
        }
    }

    // Null where the folder may not be listed.
    private static bool? Holds(string folder, HashSet<string> sockets)
    {
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                if (entry.LinkTarget is { } target && sockets.Contains(target))
                    return true;
            }
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
