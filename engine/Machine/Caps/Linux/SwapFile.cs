using System.Runtime.Versioning;
using MemoryWall.Core.Files;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>
/// A temporary swap file: made, used, and always removed. Needs Linux and root; made only on request. Its name contains its owner, so the
/// next start finds and removes the file of an engine that died.
/// </summary>
internal sealed class SwapFile : IAsyncDisposable
{
    private const string Extension = ".swap";
    private static readonly ByteSize s_minSize = new(ByteSize.MiB);

    // Another process reads back what is swapped: some seconds for each gigabyte on a slow disk.
    private static readonly TimeSpan s_othersPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_othersPoll = TimeSpan.FromMilliseconds(50);
    private bool _isActive;

    private SwapFile(string path, ByteSize size)
    {
        Path = path;
        Size = size;
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Its size.</summary>
    public ByteSize Size { get; }

    /// <summary>How a user adds and removes a swap file by hand.</summary>
    public static string DescribeManualSetup(ByteSize size) =>
        FormattableString.Invariant(
            $"sudo fallocate -l {size.Bytes} /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon /swapfile; ")
        + "to remove it: sudo swapoff /swapfile && sudo rm /swapfile";

    /// <summary>Makes a swap file and turns it on.</summary>
    /// <param name="folder">A folder on a local disk; file systems in memory cannot contain swap.</param>
    /// <param name="size">Its size, 1 MiB or more.</param>
    /// <param name="cancellation">Stops; what was made until then is removed.</param>
    /// <exception cref="CapException">Not Linux, not root, too little space, or the system refuses.</exception>
    public static async Task<SwapFile> CreateAsync(string folder, ByteSize size, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            throw new CapException("a swap file can only be made on Linux; Windows and macOS grow their own");
        if (!Environment.IsPrivilegedProcess)
            throw new CapException($"a swap file needs root. By hand: {DescribeManualSetup(size)}");
        if (size.CompareTo(s_minSize) < 0)
            throw new CapException($"a swap file of {size} is too small; it must be {s_minSize} or more");
        // Leaves some space for the rest of the machine.
        if (new DriveInfo(folder) is { AvailableFreeSpace: var free } && free < size.Bytes + size.Bytes / 16)
            throw new CapException($"a swap file of {size} does not fit {folder}, which has {new ByteSize(free)} free");
        var file = new SwapFile(System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), OwnerTag.ForThisProcess().Name + Extension),
            size);
        try
        {
            CleanupWatchdog.Register(file.Path);
            await Task.Run(file.CreateAndTurnOn, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            return file;
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Turns off and removes swap files whose engine died: those in use anywhere, and those in a folder.</summary>
    /// <returns>A description of each removed file; empty where there was none.</returns>
    public static async Task<IReadOnlyList<string>> CleanLeftoversAsync(string folder)
    {
        var removed = new List<string>();
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return removed;
        var unused = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, OwnerTag.Prefix + "*" + Extension) : [];
        foreach (var path in ListActive().Concat(unused).Distinct().ToList())
        {
            var name = System.IO.Path.GetFileName(path);
            if (!name.EndsWith(Extension, StringComparison.Ordinal) || OwnerTag.Parse(name[..^Extension.Length]) is not { IsOrphan: true })
                continue;
            await new SwapFile(path, default) { _isActive = IsInUse(path) }.DisposeAsync().ConfigureAwait(false);
            removed.Add($"swap file {path}");
        }
        return removed;
    }

    /// <summary>Turns it off and removes it.</summary>
    /// <exception cref="CapException">The swapped memory does not fit into RAM: the file is still in use.</exception>
    public async ValueTask DisposeAsync()
    {
        if (_isActive && OperatingSystem.IsLinux())
        {
            // Reads back the swapped memory, which may take a while.
            await TurnOffAsync().ConfigureAwait(false);
        }
        if (OperatingSystem.IsLinux() && IsInUse(Path))
            throw new CapException($"the swap file {Path} is still in use and stays; turn it off with: sudo swapoff "
                + $"'{Path.Replace("'", "'\\''", StringComparison.Ordinal)}'");
        File.Delete(Path);
    }

    [SupportedOSPlatform("linux")]
    private void CreateAndTurnOn()
    {
        try
        {
            SwapArea.CreateFile(Path, Size);
            SwapArea.TurnOn(Path);
            _isActive = true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CapException($"the swap file {Path} could not be made: {error.Message}");
        }
    }

    [SupportedOSPlatform("linux")]
    private async Task TurnOffAsync()
    {
        // The guardian or another start may clean up at the same time. The kernel lists the file until one of them is done.
        if (!await Task.Run(() => SwapArea.TurnOff(Path)).ConfigureAwait(false))
        {
            for (var waited = TimeSpan.Zero; IsInUse(Path) && waited < s_othersPatience; waited += s_othersPoll)
                await Task.Delay(s_othersPoll).ConfigureAwait(false);
        }
        _isActive = false;
    }

    // By the file itself, which may have another path in the kernel's table.
    private static bool IsInUse(string path)
    {
        var active = ListActive();
        return active.Contains(path)
            || (FileFacts.Read(path)?.Identity is { } identity && active.Any(swap => FileFacts.Read(swap)?.Identity == identity));
    }

    private static IReadOnlyList<string> ListActive() =>
        [.. SwapTable.Read(LinuxRoot.Machine).Where(swap => !swap.IsPartition).Select(swap => swap.Path)];
}
