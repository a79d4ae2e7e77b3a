using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>
/// Cleans up at once where this process dies before it could: a shell that waits at the end of a pipe. The system closes the pipe with us,
/// however we end (kill −9 too); then it ends what still runs in our caps, removes them, and turns our swap files off and removes them.
/// Where the shell is killed as well, the next start does it.
/// </summary>
internal static class CleanupWatchdog
{
    // Caps are folders, swap files are files. A file that is still in use is never removed: nobody could turn it off any more.
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' HUP INT TERM
        PATH=$PATH:/usr/sbin:/sbin
        while IFS= read -r line; do set -- "$@" "$line"; done
        for cap; do
          tries=0
          while [ -d "$cap" ] && [ "$tries" -lt 200 ]; do
            while read -r pid; do kill -9 "$pid"; done < "$cap/cgroup.procs"
            rmdir "$cap" || sleep 0.05
            tries=$((tries + 1))
          done
        done
        for file; do
          [ -f "$file" ] || continue
          swapoff "$file"
          grep -qF "$file" /proc/swaps || rm -f "$file"
        done
        """;

    private static readonly Lock s_gate = new();
    private static StreamWriter? s_pipe;

    /// <summary>Names a cap's folder or a swap file that must not outlive this process. To be called before it is made.</summary>
    public static void Register(string path)
    {
        // A line is a name; a name of several lines is left to the next start.
        if (path.Contains('\n', StringComparison.Ordinal))
            return;
        lock (s_gate)
        {
            try
            {
                s_pipe ??= Start();
                s_pipe.Write(path + "\n");
            }
            catch (Exception error) when (error is IOException or Win32Exception)
            {
                // No shell, or killed: as if there were none.
            }
        }
    }

    private static StreamWriter Start()
    {
        // None of its streams is ours: a terminal or a pipe of the user's would otherwise count it as one of its readers and writers.
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "memwall-guardian"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/"
        };
        var shell = Process.Start(start)!;
        shell.StandardOutput.Close();
        shell.StandardError.Close();
        return new StreamWriter(shell.StandardInput.BaseStream, new UTF8Encoding(false)) { AutoFlush = true };
    }
}
