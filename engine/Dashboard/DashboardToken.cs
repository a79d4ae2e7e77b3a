using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MemoryWall.Core.Files;

namespace MemoryWall.Dashboard;

/// <summary>
/// The secret part of the dashboard's address. Each user has one, in a file that nobody else can read: with a fixed port an open page finds
/// a restarted dashboard again.
/// </summary>
internal static partial class DashboardToken
{
    private const int Length = 32;
    private const int MaxFileBytes = 1 << 10;

    /// <summary>The token of this user; a new one where it cannot be stored.</summary>
    public static string ReadOrCreate()
    {
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify);
        return ReadOrCreate(folder);
    }

    /// <summary>The token of a user.</summary>
    /// <param name="folder">The user's folder for data of programs; empty where there is none, as without a home.</param>
    internal static string ReadOrCreate(string folder)
    {
        // A relative path would store the token in the working folder, which others may read.
        if (!Path.IsPathRooted(folder))
            return New();
        var path = Path.Combine(folder, "memwall", "dashboard-token");
        return TryRead(path) ?? Create(path);
    }

    /// <summary>A new random token.</summary>
    public static string New() => RandomNumberGenerator.GetHexString(Length, lowercase: true);

    private static string? TryRead(string path)
    {
        try
        {
            return IsPrivate(path) && Encoding.ASCII.GetString(RegularFile.ReadAllBytes(path, MaxFileBytes)).Trim() is { } token
                && Shape().IsMatch(token) ? token : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Create(string path)
    {
        var token = New();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(path);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var writer = new StreamWriter(path, Encoding.ASCII, options);
            writer.Write(token);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The token then lasts as long as this dashboard.
        }
        return token;
    }

    // The owner of the file knows its token, whatever its mode is. Root, too, can run in the folder of another user.
    private static bool IsPrivate(string path) => FileFacts.Read(path) is { Kind: FileKind.Regular, IsOpenToOthers: false } file
        && (file.Owner is not { } owner || owner == FileFacts.ThisUser);

    [GeneratedRegex(@"^[0-9a-f]{32}\z")]
    private static partial Regex Shape();
}
