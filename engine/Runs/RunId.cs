using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace MemoryWall.Runs;

/// <summary>
/// Ids of runs, which are folder names. They sort by time. The random part is 32 bits, so that runs begun in the same second
/// differ; the store refuses an id that is taken in any case.
/// </summary>
internal static partial class RunId
{
    public static string New(DateTimeOffset utc) =>
        utc.UtcDateTime.ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetHexString(8, lowercase: true);

    /// <summary>Whether the text can be a folder of its own directly under the root, on every system.</summary>
    public static bool IsValid(string? id) => id is not null && Shape().IsMatch(id) && !DeviceName().IsMatch(id);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex Shape();

    // Windows opens a device for these names, in any folder.
    [GeneratedRegex(@"^(con|prn|aux|nul|com[0-9]|lpt[0-9])\z", RegexOptions.IgnoreCase)]
    private static partial Regex DeviceName();
}
