using MemoryWall.Core.Files;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>One group of the memory controller: sets its limits and reads its counters.</summary>
internal abstract class Cgroup(CgroupVersion version, string folder)
{
    private static readonly CgroupMemoryField[] s_fields =
    [
        CgroupMemoryField.CurrentBytes, CgroupMemoryField.PeakBytes, CgroupMemoryField.LimitBytes, CgroupMemoryField.SwapBytes,
        CgroupMemoryField.LimitHits, CgroupMemoryField.OomKills, CgroupMemoryField.AnonBytes, CgroupMemoryField.FileBytes,
        CgroupMemoryField.MajorFaults, CgroupMemoryField.RefaultFilePages, CgroupMemoryField.RefaultAnonPages,
    ];

    public string Folder { get; } = folder;

    public abstract string Kind { get; }

    /// <summary>Sets the limits.</summary>
    /// <exception cref="CapException">The kernel refuses them.</exception>
    public abstract void SetLimit(ByteSize limit, SwapPolicy swap);

    /// <summary>Reads the counters; what the kernel does not report is absent.</summary>
    public CapCounters ReadCounters()
    {
        var row = CgroupMemoryReader.ReadOnce(new CgroupLocation(version, Folder, Folder), s_fields);
        long? Field(CgroupMemoryField field) => double.IsNaN(row[(int)field]) ? null : (long)row[(int)field];
        return new CapCounters
        {
            CurrentBytes = Field(CgroupMemoryField.CurrentBytes),
            PeakBytes = Field(CgroupMemoryField.PeakBytes),
            LimitBytes = Field(CgroupMemoryField.LimitBytes),
            SwapBytes = Field(CgroupMemoryField.SwapBytes),
            LimitHits = Field(CgroupMemoryField.LimitHits),
            OomKills = Field(CgroupMemoryField.OomKills),
            AnonymousBytes = Field(CgroupMemoryField.AnonBytes),
            FileBytes = Field(CgroupMemoryField.FileBytes),
            MajorFaults = Field(CgroupMemoryField.MajorFaults),
            FileRefaults = Field(CgroupMemoryField.RefaultFilePages),
            AnonymousRefaults = Field(CgroupMemoryField.RefaultAnonPages),
        };
    }

    /// <summary>Kills every process inside.</summary>
    public virtual void KillAll()
    {
        foreach (var pid in CgroupFile.ReadPids(Folder))
            Signal.Kill(pid);
    }

    public static Cgroup Open(CgroupVersion version, string folder) =>
        version == CgroupVersion.V1 ? new CgroupV1(folder) : new CgroupV2(folder);

    /// <summary>Whether a user can end what is in a group: of a group of another user neither the processes nor the folder can be removed,
    /// so waiting does not help.</summary>
    internal static bool MayRemove(FileFacts? folder, uint? user) => user == 0 || folder?.Owner is not { } owner || owner == user;

    /// <summary>Kills the processes inside and removes the folder; true where it no longer exists.</summary>
    public async Task<bool> RemoveAsync()
    {
        const int attempts = 200;
        if (!MayRemove(FileFacts.Read(Folder), FileFacts.ThisUser))
            return false;
        for (var i = 0; i < attempts; i++)
        {
            try
            {
                KillAll();
                Directory.Delete(Folder);
                return true;
            }
            catch (DirectoryNotFoundException)
            {
                return true;
            }
            catch (UnauthorizedAccessException)
            {
                // The folder belongs to another user, so waiting does not help.
                return false;
            }
            catch (Exception error) when (error is IOException or CapException)
            {
                // Processes take a moment to end and to return their pages.
                await Task.Delay(TimeSpan.FromMilliseconds(25)).ConfigureAwait(false);
            }
        }
        return false;
    }
}
