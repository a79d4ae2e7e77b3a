using System.ComponentModel;
using System.Diagnostics;
using MemoryWall.Machine.Caps.Linux;

namespace MemoryWall.Sweeps.Live;

/// <summary>The process that writes a run. Its start distinguishes it from a later process with the same id.</summary>
/// <param name="ProcessId">Its id.</param>
/// <param name="Tag">On Linux the id, its namespace and the start in clock ticks, elsewhere the start in ticks of the wall clock.</param>
internal sealed record WriterIdentity(int ProcessId, string Tag)
{
    // Other processes compute the start from the time since boot and differ in the last digits.
    private static readonly TimeSpan s_startTolerance = TimeSpan.FromSeconds(1);

    /// <summary>This process.</summary>
    public static WriterIdentity Current { get; } = new(Environment.ProcessId, CreateTag());

    /// <summary>Whether the process is known to have ended; false also where this process cannot know, as for one in another
    /// container.</summary>
    public bool HasEnded()
    {
        if (OperatingSystem.IsLinux())
            return OwnerTag.Parse(Tag) is { IsOrphan: true };
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return !long.TryParse(Tag, out var ticks)
                || (process.StartTime.ToUniversalTime() - new DateTime(ticks, DateTimeKind.Utc)).Duration() > s_startTolerance;
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException)
        {
            // The process exists and belongs to another user, or it ends at this moment; the next look will tell.
            return false;
        }
    }

    private static string CreateTag()
    {
        if (OperatingSystem.IsLinux())
            return OwnerTag.ForThisProcess().Name;
        using var process = Process.GetCurrentProcess();
        return FormattableString.Invariant($"{process.StartTime.ToUniversalTime().Ticks}");
    }
}
