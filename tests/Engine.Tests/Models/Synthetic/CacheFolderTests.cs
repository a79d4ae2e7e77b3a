using MemoryWall.Models.Synthetic;

namespace MemoryWall.Engine.Tests.Models.Synthetic;

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
}
