using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace MemoryWall.Runs.Files;

/// <summary>
/// Ids of runs, which are folder names. They sort by time. The 32-bit random part distinguishes runs that began in the same second; the
/// store rejects an id that exists.
/// </summary>
internal static partial class RunId
{
    public static string New(DateTimeOffset utc) =>
        utc.UtcDateTime.ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetHexString(8, lowercase: true);

    /// <summary>Whether the text is a valid name for a folder directly under the root, on every system.</summary>
    public static bool IsValid(string? id) => id is not null && Shape().IsMatch(id) && !DeviceName().IsMatch(id);

    /// <summary>Why a run cannot be continued in a folder: it is a copy under another name. Null where the names agree.</summary>
    public static string? FindMismatch(string runId, string folder) => Path.GetFileName(folder) is var name && name != runId
        ? $"The folder '{name}' contains the run '{runId}', so it is a copy. A run is continued only in the folder of its own name: rename "
            + $"the folder to '{runId}', or move it there into another folder of runs (--runs) where a run has that name."
        : null;

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex Shape();

    // Windows opens a device for these names, in any folder.
    [GeneratedRegex(@"^(con|prn|aux|nul|com[0-9]|lpt[0-9])\z", RegexOptions.IgnoreCase)]
    private static partial Regex DeviceName();
}
