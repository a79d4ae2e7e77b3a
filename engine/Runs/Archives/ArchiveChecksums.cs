using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace MemoryWall.Runs.Archives;

/// <summary>
/// The checksums in a zip file of runs, as <c>sha256sum</c> writes and checks them: <c>SHA256SUMS</c> has one line for each file, and
/// <c>SHA256SUMS.sha256</c> that of this list. They find what was damaged on its way, not what was changed on purpose.
/// </summary>
internal static partial class ArchiveChecksums
{
    /// <summary>The entry with the checksum of each file.</summary>
    public const string List = "SHA256SUMS";

    /// <summary>The entry with the checksum of <see cref="List"/>.</summary>
    public const string OfList = List + ".sha256";

    /// <summary>The largest size of the list in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>The list of files with their checksums.</summary>
    public static byte[] Format(IEnumerable<(string Name, string Sha256)> files) =>
        Encoding.UTF8.GetBytes(string.Concat(files.Select(file => $"{file.Sha256}  {file.Name}\n")));

    /// <summary>The checksum of bytes.</summary>
    public static string Compute(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The checksums by the names of files; null where a line is none, or a name is there twice.</summary>
    public static IReadOnlyDictionary<string, string>? Parse(byte[] list)
    {
        var sums = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(list).Split('\n').SkipLast(1))
        {
            if (Line().Match(line) is not { Success: true } match || !sums.TryAdd(match.Groups["name"].Value, match.Groups["sum"].Value))
                return null;
        }
        return sums;
    }

    [GeneratedRegex(@"^(?<sum>[0-9a-f]{64})  (?<name>[A-Za-z0-9_-]{1,64}/[a-z0-9.-]{1,64})\z")]
    private static partial Regex Line();
}
