using MemoryWall.Core.Files;
using MemoryWall.Engine.Tests.Runs;

namespace MemoryWall.Engine.Tests.Core.Files;

public sealed class CacheFolderTests
{
    private static string Resolve(Dictionary<string, string> variables, string known = "") =>
        CacheFolder.Resolve(variables.GetValueOrDefault, folder => known.Length == 0 ? "" : Path.Combine(known, folder.ToString()));

    [Fact]
    public void Resolve_OwnVariable_WinsOverAll() =>
        Assert.Equal(Path.GetFullPath("/own"),
            Resolve(new() { ["MEMWALL_CACHE"] = "/own", ["XDG_CACHE_HOME"] = "/xdg", ["HOME"] = "/home/me" }));

    [Fact]
    public void Resolve_OnLinux_FollowsXdgThenHomeThenTheUsersRecord()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the convention of Linux");

        Assert.Equal("/xdg/memwall", Resolve(new() { ["XDG_CACHE_HOME"] = "/xdg", ["HOME"] = "/home/me" }));
        Assert.Equal("/home/me/.cache/memwall", Resolve(new() { ["XDG_CACHE_HOME"] = "relative", ["HOME"] = "/home/me" }));
        Assert.Equal("/home/me/.cache/memwall", Resolve(new() { ["HOME"] = "/home/me" }));
        Assert.Equal("/known/UserProfile/.cache/memwall", Resolve([], "/known"));
        Assert.Equal("/known/UserProfile/.cache/memwall", Resolve(new() { ["HOME"] = "" }, "/known"));
    }

    [Fact]
    public void Resolve_OnWindowsAndMacOs_FollowsTheirHabits()
    {
        Assert.SkipWhen(OperatingSystem.IsLinux(), "the conventions of other systems");

        var expected = OperatingSystem.IsWindows() ? @"C:\known\LocalApplicationData\memwall" : "/Users/me/Library/Caches/memwall";
        Assert.Equal(expected, Resolve(new() { ["HOME"] = "/Users/me" }, OperatingSystem.IsWindows() ? @"C:\known" : "/known"));
    }

    [Fact]
    public void Resolve_NoHomeAtAll_IsBelowTheTemporaryFolder() =>
        Assert.StartsWith(Path.Combine(Path.GetTempPath(), "memwall-"), Resolve([]), StringComparison.Ordinal);

    // Otherwise all users without a name would share one folder, which only the first of them could use.
    [Fact]
    public void NameUser_UserWithoutAName_IsItsNumber()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "every user has a name");
        Assert.Equal("me", CacheFolder.NameUser("me"));
        Assert.Equal($"{FileFacts.ThisUser}", CacheFolder.NameUser(""));
    }

    [Fact]
    public void CreatePrivate_FolderOfThisUserAlone_IsTaken()
    {
        using var root = new TemporaryRoot();

        var folder = CacheFolder.CreatePrivate(Path.Combine(root.Path, "memwall-me"));

        Assert.Equal(folder, CacheFolder.CreatePrivate(folder));
    }

    [Fact]
    public void CreatePrivate_FolderThatOthersCanWriteOrALink_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "permissions of Unix");
        using var root = new TemporaryRoot();
        var open = Path.Combine(root.Path, "open");
        Directory.CreateDirectory(open);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(open, (UnixFileMode)0x1FF);
        var link = Path.Combine(root.Path, "link");
        Directory.CreateSymbolicLink(link, Directory.CreateDirectory(Path.Combine(root.Path, "elsewhere")).FullName);

        Assert.Contains("can be written by other users", Assert.Throws<IOException>(() => CacheFolder.CreatePrivate(open)).Message,
            StringComparison.Ordinal);
        Assert.Contains("is no folder", Assert.Throws<IOException>(() => CacheFolder.CreatePrivate(link)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void CreatePrivate_FolderOfAnotherUser_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can give a folder to another user");
        using var root = new TemporaryRoot();
        var folder = Directory.CreateDirectory(Path.Combine(root.Path, "theirs")).FullName;
        Give(folder);

        Assert.Contains("belongs to another user", Assert.Throws<IOException>(() => CacheFolder.CreatePrivate(folder)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MEMWALL_CACHE", "")]
    [InlineData("XDG_CACHE_HOME", "memwall")]
    public void Ensure_FolderThatOthersCanWrite_IsRefusedWhereverItIs(string variable, string below)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "permissions of Unix");
        using var root = new TemporaryRoot();
        var folder = Directory.CreateDirectory(Path.Combine(root.Path, below)).FullName;
        Open(folder);

        var error = Assert.Throws<IOException>(() => Ensure(variable, root.Path));

        Assert.Contains($"chmod go-w '{folder}'", error.Message, StringComparison.Ordinal);
        Open(folder, 0x1ED);
        Assert.Equal(folder, Ensure(variable, root.Path));
        // The folder of the models is this program's own: it is closed.
        var models = CacheFolder.EnsureBelow(folder, "models");
        Open(models);
        Assert.Equal(models, CacheFolder.EnsureBelow(folder, "models"));
        Assert.False(FileFacts.Read(models)!.IsWritableByOthers);
    }

    [Fact]
    public void Ensure_FolderOfAnotherUserOrALinkToOne_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can give a folder to another user");
        using var root = new TemporaryRoot();
        var theirs = Directory.CreateDirectory(Path.Combine(root.Path, "theirs")).FullName;
        var link = Path.Combine(root.Path, "link");
        Directory.CreateSymbolicLink(link, theirs);
        Assert.Equal(link, Ensure("MEMWALL_CACHE", link));
        Give(theirs);

        Assert.Contains("belongs to another user", Assert.Throws<IOException>(() => Ensure("MEMWALL_CACHE", link)).Message,
            StringComparison.Ordinal);
    }

    private static string Ensure(string variable, string value) =>
        CacheFolder.Ensure(name => name == variable ? value : null, _ => "");

    private static void Give(string path)
    {
        using var chown = System.Diagnostics.Process.Start("chown", ["65534", path]);
        chown.WaitForExit();
    }

    private static void Open(string path, int mode = 0x1FF)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)mode);
    }
}
