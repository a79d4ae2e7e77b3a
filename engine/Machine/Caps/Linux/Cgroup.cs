using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>One folder of the memory controller: setting its limits and reading its counters, in the words of its version.</summary>
internal abstract class Cgroup(string folder)
{
    public string Folder { get; } = folder;

    public abstract string Kind { get; }

    /// <summary>Sets the limits.</summary>
    /// <exception cref="CapException">The kernel says no.</exception>
    public abstract void SetLimit(ByteSize limit, SwapPolicy swap);

    public abstract CapCounters ReadCounters();

    /// <summary>Ends every process inside.</summary>
    public virtual void KillAll()
    {
        foreach (var pid in CgroupFile.ReadPids(Folder))
            Signal.Kill(pid);
    }

    public static Cgroup Open(int version, string folder) => version == 1 ? new CgroupV1(folder) : new CgroupV2(folder);

    /// <summary>Ends what is inside and removes the folder; true when it is gone.</summary>
    public async Task<bool> RemoveAsync()
    {
        const int attempts = 200;
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
                // Another user's: waiting would not help.
                return false;
            }
            catch (Exception error) when (error is IOException or CapException)
            {
                // Processes take a moment to end, and their pages to be given back.
                await Task.Delay(TimeSpan.FromMilliseconds(25)).ConfigureAwait(false);
            }
        }
        return false;
    }
}
