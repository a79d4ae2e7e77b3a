using System.Diagnostics;

namespace MemoryWall.Cli.Tests;

/// <summary>A second user of the machine, without an account, a home folder or rights; the first user is root.</summary>
public sealed class OtherUserTests : IDisposable
{
    private const string User = "61234";
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("memwall-other-user-");

    public OtherUserTests()
    {
        if (!OperatingSystem.IsWindows())
            _temporary.UnixFileMode = (UnixFileMode)0x3FF; // rwxrwxrwt, as of /tmp
    }

    public void Dispose() => _temporary.Delete(recursive: true);

    [LongFact]
    public async Task OtherUser_WithoutAHome_HasACacheFolderOfItsOwn()
    {
        SkipWhereImpossible();
        using var memwall = await RunAsync();
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        Assert.True(Directory.Exists(Path.Combine(Cache, "models")));
    }

    [Theory]
    [InlineData(false)]
    [LongData(true)]
    public async Task OtherUser_CacheFolderMadeByAThird_IsRefused(bool isLink)
    {
        SkipWhereImpossible();
        var elsewhere = Directory.CreateDirectory(Path.Combine(_temporary.FullName, "elsewhere")).FullName;
        if (isLink)
            Directory.CreateSymbolicLink(Cache, elsewhere);
        else
            Directory.CreateDirectory(Cache);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(isLink ? elsewhere : Cache, (UnixFileMode)0x1FF);
        using var memwall = await RunAsync();
        Assert.NotEqual(0, memwall.ExitCode);
        Assert.Contains($"the cache folder '{Cache}'", memwall.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
    }

    private string Cache => Path.Combine(_temporary.FullName, $"memwall-{User}");

    private async Task<Memwall> RunAsync()
    {
        var runs = Path.Combine(_temporary.FullName, "runs");
        var memwall = Memwall.Start(
            ["sweep", "--target", Memwall.Tiny, "--contexts", "64", "--output-tokens", "4", "--warmups", "0", "--runs", runs], start =>
            {
                string[] words = [start.FileName, .. start.ArgumentList];
                start.FileName = "setpriv";
                start.ArgumentList.Clear();
                string[] drop = [$"--reuid={User}", $"--regid={User}", "--clear-groups"];
                foreach (var word in drop.Concat(words))
                    start.ArgumentList.Add(word);
                foreach (var name in (string[])["HOME", "USER", "LOGNAME", "XDG_CACHE_HOME", "MEMWALL_CACHE"])
                    start.Environment.Remove(name);
                start.Environment["TMPDIR"] = _temporary.FullName;
                start.WorkingDirectory = _temporary.FullName;
            });
        await memwall.ExitAsync();
        return memwall;
    }

    private static void SkipWhereImpossible()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "only root can become another user");
        using var reads = Process.Start(new ProcessStartInfo("setpriv",
            [$"--reuid={User}", $"--regid={User}", "--clear-groups", "test", "-r", Path.Combine(AppContext.BaseDirectory, "memwall.dll")]));
        reads!.WaitForExit();
        Assert.SkipUnless(reads.ExitCode == 0, "another user cannot read the programs under test");
    }
}
