using System.Globalization;
using System.Text;

namespace MemoryWall.Machine.Linux;

/// <summary>The paths of <c>/proc</c>, <c>/sys</c>, <c>/etc</c> and <c>/dev</c>, so that the same code reads this machine and a captured
/// one.</summary>
internal sealed record LinuxRoot(string Proc, string Sys, string Etc, string Dev)
{
    private const int MaxBytes = 1 << 20;

    /// <summary>The machine that this process runs on.</summary>
    public static LinuxRoot Machine { get; } = new("/proc", "/sys", "/etc", "/dev");

    /// <summary>Files below one folder with the machine's own names.</summary>
    public static LinuxRoot FromFolder(string folder) =>
        new(Path.Combine(folder, "proc"), Path.Combine(folder, "sys"), Path.Combine(folder, "etc"), Path.Combine(folder, "dev"));

    /// <summary>The file with faults, swapping and kills of the machine (proc_vmstat(5)).</summary>
    public string VmStat => Path.Combine(Proc, "vmstat");

    /// <summary>The kernel's release, for example <c>6.8.0-45-generic</c>; null where it cannot be read.</summary>
    public string? KernelRelease => ReadLine(Path.Combine(Proc, "sys/kernel/osrelease"));

    /// <summary>The folders of the thermal zones.</summary>
    public IEnumerable<string> ThermalZones => ListEntries(Path.Combine(Sys, "class/thermal"), "thermal_zone*");

    /// <summary>The folder with one subfolder for each logical processor.</summary>
    public string CpuFolder => Path.Combine(Sys, "devices/system/cpu");

    /// <summary>The folders of the logical processors.</summary>
    public IEnumerable<string> CpuFolders => ListEntries(CpuFolder, "cpu*");

    /// <summary>For each logical processor, the file that counts thermal throttling (Intel).</summary>
    public IEnumerable<string> ThrottleCountFiles => CpuFolders.Select(cpu => Path.Combine(cpu, "thermal_throttle/core_throttle_count"));

    /// <summary>The folder of a process, <c>/proc/PID</c>.</summary>
    public string ProcessFolder(int pid) => Path.Combine(Proc, pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>A file of a process, for example <c>/proc/PID/stat</c>.</summary>
    public string ProcessFile(int pid, string name) => Path.Combine(ProcessFolder(pid), name);

    /// <summary>A file of a process given by its id or as <c>self</c>.</summary>
    public string ProcessFile(string process, string name) => Path.Combine(Proc, process, name);

    /// <summary>A small file's text, at most 1 MiB of it; null where it cannot be read.</summary>
    public static string? ReadText(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[16 << 10];
            var filled = 0;
            int got;
            while ((got = RandomAccess.Read(handle, buffer.AsSpan(filled), filled)) > 0 && (filled += got) < MaxBytes)
            {
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, Math.Min(buffer.Length * 4, MaxBytes));
            }
            return Encoding.UTF8.GetString(buffer, 0, filled);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The text of a file with one line; null where it cannot be read or is empty.</summary>
    public static string? ReadLine(string path) => ReadText(path)?.Trim() is { Length: > 0 } line ? line : null;

    /// <summary>The number in a file with one whole number; null where there is none.</summary>
    public static long? ReadNumber(string path) =>
        long.TryParse(ReadLine(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>The entries of a folder in order of name; none where it cannot be listed.</summary>
    public static IReadOnlyList<string> ListEntries(string folder, string pattern = "*")
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder, pattern).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The target of a path, symbolic links followed; the path itself where the target is unknown.</summary>
    public static string ResolveLinks(string path)
    {
        try
        {
            FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            return info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? info.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
