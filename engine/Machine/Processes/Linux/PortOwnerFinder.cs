using System.Globalization;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Processes.Linux;

/// <summary>Finds the process that listens on a TCP port: the socket's inode from <c>/proc/net/tcp{,6}</c>, its process from
/// <c>/proc/PID/fd</c>.</summary>
internal static class PortOwnerFinder
{
    private const string ListenState = "0A";

    // These programs only forward: the server itself is another process, in a container or on another machine. The kernel cuts names at 15
    // characters.
    private static readonly string[] s_forwarders =
    [
        "docker-proxy", "rootlessport", "rootlesskit", "slirp4netns", "pasta", "passt", "conmon", "gvproxy", "com.docker.back",
        "ssh", "autossh", "sshd", "sshd-session", "kubectl", "socat", "nginx", "haproxy", "caddy", "traefik", "envoy",
    ];

    /// <summary>The process, or why it is unknown.</summary>
    public static (int? Pid, string? Problem) Find(LinuxRoot root, int port) => Find(root, port, ReadListeningSockets(root, port));

    /// <summary>The sockets that listen on a port.</summary>
    public static IReadOnlyList<ListeningSocket> ReadListeningSockets(LinuxRoot root, int port) =>
        [.. new[] { "net/tcp", "net/tcp6" }.SelectMany(name => Parse(LinuxRoot.ReadText(Path.Combine(root.Proc, name)) ?? "", port))];

    /// <summary>The process that has these sockets open, or why it is unknown. Searches the files of every process.</summary>
    public static (int? Pid, string? Problem) Find(LinuxRoot root, int port, IReadOnlyList<ListeningSocket> sockets)
    {
        if (sockets.Count == 0)
            return (null,
                FormattableString.Invariant(
                    $"no process of this machine listens on port {port} (or it does so in a network namespace of its own)"));
        var names = sockets.Select(socket => $"socket:[{socket.Inode}]").ToHashSet(StringComparer.Ordinal);
        var hidden = new List<int>();
        // Several processes may have the socket open (workers after a fork): the oldest is the parent of the others.
        int? oldest = null;
        foreach (var (pid, folder) in ProcessFolders(root))
        {
            var hasSocket = HasAnySocket(Path.Combine(folder, "fd"), names);
            if (hasSocket is null)
                hidden.Add(pid);
            if (hasSocket == true && (oldest is null || pid < oldest))
                oldest = pid;
        }
        if ((oldest ?? FindOnlyProcessTree(root, hidden, sockets)) is { } found)
        {
            var name = LinuxRoot.ReadLine(root.ProcessFile(found, "comm"));
            return s_forwarders.Contains(name, StringComparer.Ordinal)
                ? (null,
                    FormattableString.Invariant(
                        $"port {port} belongs to {name}, which forwards it: the server itself runs in a container or on another machine; ")
                    + "give its process id if it runs here")
                : (found, null);
        }
        return (null, hidden.Count > 0
            ? FormattableString.Invariant(
                $"the process on port {port} belongs to another user; run as that user or as root, or give its process id")
            : FormattableString.Invariant($"the process on port {port} was not found under {root.Proc}"));
    }

    /// <summary>
    /// The files of another user's process are hidden, but the user of a socket and that user's processes are visible. Where all of these
    /// descend from one process (a service with a user of its own, as Ollama's installer makes it), the socket belongs to that process or
    /// to a descendant. Null where there is not exactly one such process.
    /// </summary>
    /// <param name="root">Where to read the machine's files.</param>
    /// <param name="hidden">Processes whose files may not be listed.</param>
    /// <param name="sockets">The sockets of the port.</param>
    internal static int? FindOnlyProcessTree(LinuxRoot root, IEnumerable<int> hidden, IReadOnlyList<ListeningSocket> sockets)
    {
        if (sockets.Select(socket => socket.UserId).Distinct().ToList() is not [{ } user and not "0"])
            return null;
        var parents = new Dictionary<int, long?>();
        foreach (var pid in hidden)
        {
            var status = ProcessStatus.Read(root, pid.ToString(CultureInfo.InvariantCulture));
            if (status.UserId == user)
                parents[pid] = status.ParentPid;
        }
        return parents.Where(entry => entry.Value is not { } parent || !parents.ContainsKey((int)parent)).Select(entry => entry.Key)
            .ToList() is [var only] ? only : null;
    }

    private static IEnumerable<(int Pid, string Folder)> ProcessFolders(LinuxRoot root)
    {
        foreach (var folder in LinuxRoot.ListEntries(root.Proc))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                yield return (pid, folder);
        }
    }

    // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode; the port is four hexadecimal digits after the colon.
    public static IEnumerable<ListeningSocket> Parse(string table, int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var line in table.Split('\n'))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[3] == ListenState && fields[1].EndsWith(suffix, StringComparison.Ordinal) && fields[9] != "0")
                yield return new ListeningSocket(fields[9], fields[7]);
        }
    }

    // Null where the folder may not be listed.
    private static bool? HasAnySocket(string folder, HashSet<string> sockets)
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

/// <summary>A socket that listens on a TCP port.</summary>
/// <param name="Inode">Its inode.</param>
/// <param name="UserId">The id of the user who opened it.</param>
internal sealed record ListeningSocket(string Inode, string UserId);
