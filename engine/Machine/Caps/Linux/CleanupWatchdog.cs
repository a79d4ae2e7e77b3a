using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>
/// Cleans up where this process dies before it could: a shell that waits at the end of a pipe. The system closes the pipe when this process
/// ends, also by kill -9; the shell then kills the processes in its caps, removes the caps, and turns off and removes its swap files. Where
/// the shell is killed too, the next start cleans up.
/// </summary>
internal static class CleanupWatchdog
{
    // Caps are folders, swap files are files. A file still in use is never removed: swapoff would no longer find it.
    internal const string Script = """
        exec >/dev/null 2>&1
        trap '' HUP INT TERM
        PATH=$PATH:/usr/sbin:/sbin
        while IFS= read -r line; do set -- "$@" "$line"; done
        for cap; do
          tries=0
          while [ -d "$cap" ] && [ "$tries" -lt 200 ]; do
            # 0 is a process outside of this shell's namespace, and would address the shell's own group.
            while read -r pid; do [ "$pid" -le 1 ] || kill -9 "$pid"; done < "$cap/cgroup.procs"
            rmdir "$cap" || sleep 0.05
            tries=$((tries + 1))
          done
        done
        for file; do
          [ -f "$file" ] || continue
          # As the kernel writes a path. Without sed nothing is known, and the next start cleans up.
          name=$(printf '%s' "$file" | sed 's/\\/\\134/g; s/ /\\040/g; s/	/\\011/g')
          [ -n "$name" ] || continue
          swapoff "$file"
          used=
          while read -r path rest; do [ "$path" != "$name" ] || used=1; done < /proc/swaps || continue
          [ -n "$used" ] || rm -f "$file"
        done
        """;

    private static readonly Lock s_gate = new();
    private static StreamWriter? s_pipe;

    /// <summary>Registers a cap's folder or a swap file that must not outlive this process. Call this before it is made.</summary>
    public static void Register(string path)
    {
        // Each line is one path; the next start cleans up a path that contains a newline.
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
                // There is no shell, or it was killed: the next start cleans up.
            }
        }
    }

    private static StreamWriter Start()
    {
        // The shell inherits no stream; otherwise a terminal or pipe of the user would stay open as long as the shell runs.
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
