using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Sweeps.Live;

/// <summary>
/// The file <c>.observed</c> in the folder of the runs. Whoever shows live views renews it; sweeps update their feeds only while it is
/// fresh. So nothing is written without an observer, and an observer writes nothing into the folder of a run.
/// </summary>
/// <param name="runsFolder">The folder of the runs.</param>
/// <param name="time">The wall clock; null for the system's.</param>
internal sealed class ObserverLease(string runsFolder, TimeProvider? time = null)
{
    /// <summary>An observer renews the lease this often.</summary>
    public static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(2);

    // Two renewals may be late before a sweep stops to update its feed.
    private static readonly TimeSpan s_validity = TimeSpan.FromSeconds(6);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly string _path = Path.Combine(runsFolder, RunFiles.ObserverLease);

    /// <summary>Whether a live view observes. One call of the operating system.</summary>
    public bool IsFresh()
    {
        try
        {
            // A file that does not exist has a time long ago.
            return (_time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(_path)).Duration() < s_validity;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Renews the lease.</summary>
    /// <returns>Whether it could be renewed; a folder that cannot be written has no live views.</returns>
    public bool Renew()
    {
        try
        {
            Directory.CreateDirectory(runsFolder);
            using var lease = RegularFile.Open(_path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
            });
            File.SetLastWriteTimeUtc(lease.SafeFileHandle, _time.GetUtcNow().UtcDateTime);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Gives the lease up: sweeps stop to update their feeds, until another observer renews it within two seconds.</summary>
    public void Release()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It expires by itself.
        }
    }
}
