using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Files;

/// <summary>
/// The name of a file of the lake, without its extension. No name is used twice: a file that is removed never comes back, so what a listing
/// shows is either still there or replaced.
/// </summary>
/// <param name="Text">The name.</param>
internal abstract partial record LakeFileName(string Text)
{
    private const string RunPrefix = "run-";
    private const string PackPrefix = "pack-";
    private const int NonceLength = 8;
    private const int MaxRevisionDigits = 6;

    /// <summary>A new name for the files of a run.</summary>
    public static RunFileName ForRun(RunVersion version)
    {
        var nonce = RandomNumberGenerator.GetHexString(NonceLength, lowercase: true);
        return new RunFileName(FormattableString.Invariant(
            $"{RunPrefix}{version.RunId}-{version.Revision}-{version.Digest}-{nonce}"), version);
    }

    /// <summary>A new name for the files of a pack.</summary>
    public static PackFileName ForPack(DateTimeOffset now) => new(PackPrefix
        + now.UtcDateTime.ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture)
        + RandomNumberGenerator.GetHexString(2 * NonceLength, lowercase: true));

    /// <summary>A name that was read; null where it is none of a lake.</summary>
    public static LakeFileName? Parse(string text)
    {
        if (PackName().IsMatch(text))
            return new PackFileName(text);
        return RunName().Match(text) is { Success: true } match && RunId.IsValid(match.Groups["id"].Value)
            ? new RunFileName(text, new RunVersion(match.Groups["id"].Value,
                int.Parse(match.Groups["revision"].Value, CultureInfo.InvariantCulture), match.Groups["digest"].Value))
            : null;
    }

    [GeneratedRegex("^" + RunPrefix + @"(?<id>[A-Za-z0-9_][A-Za-z0-9_-]{0,63})-(?<revision>[1-9][0-9]{0,5})-(?<digest>[0-9a-f]{16})"
        + @"-[0-9a-f]{8}\z")]
    private static partial Regex RunName();

    [GeneratedRegex("^" + PackPrefix + @"[0-9]{8}-[0-9]{6}-[0-9a-f]{16}\z")]
    private static partial Regex PackName();

    /// <summary>The largest revision that a name has room for.</summary>
    public static int MaxRevision { get; } = (int)Math.Pow(10, MaxRevisionDigits) - 1;
}

/// <summary>The files of one run.</summary>
/// <param name="Text">The name.</param>
/// <param name="Version">The run, and which state of it.</param>
internal sealed record RunFileName(string Text, RunVersion Version) : LakeFileName(Text);

/// <summary>The files of many runs, which their table <c>runs</c> names.</summary>
/// <param name="Text">The name.</param>
internal sealed record PackFileName(string Text) : LakeFileName(Text);

/// <summary>A state of a run that was added: a run grows when it is resumed, and is then added again.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Revision">From 1; a larger one replaces a smaller one.</param>
/// <param name="Digest">The first 16 hexadecimal digits of the SHA-256 of the run's files.</param>
internal readonly record struct RunVersion(string RunId, int Revision, string Digest);
