using System.Diagnostics;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;

namespace MemoryWall.Engine.Tests.Machine.Caps.Linux;

[Collection("real caps")]
public class SwapFileTests
{
    private static readonly string s_folder = Path.GetTempPath();

    [Fact]
    public async Task CreateAsync_AsRoot_IsInUseAndThenGone()
    {
        await using (var file = await CreateAsync())
        {
            Assert.Contains(file.Path, await File.ReadAllTextAsync("/proc/swaps", TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
            if (OperatingSystem.IsLinux())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));
            // The swap file of a running engine is not a leftover.
            Assert.Empty(await SwapFile.CleanLeftoversAsync(s_folder));
        }
        Assert.DoesNotContain("memwall-", await File.ReadAllTextAsync("/proc/swaps", TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(s_folder, "memwall-*.swap"));
    }

    [Fact]
    public async Task CreateAsync_ChildAboveItsCap_SwapsInsteadOfDying()
    {
        var support = await MemoryCapFactory.ProbeAsync();
        Assert.SkipUnless(support.IsPermitted, support.Refusal ?? "");
        await using var file = await CreateAsync(128);
        await using var cap = MemoryCapFactory.Create(new ByteSize(32 * ByteSize.MiB), SwapPolicy.Allowed);
        var start = new ProcessStartInfo("dd",
            ["if=/dev/urandom", "of=/dev/null", "bs=96M", "count=1", "iflag=fullblock"])
        { RedirectStandardError = true };
        cap.ConfigureStart(start);
        using var child = Process.Start(start)!;
        await cap.AttachAsync(child, TestContext.Current.CancellationToken);
        long swapped = 0;
        while (!child.HasExited)
        {
            swapped = Math.Max(swapped, cap.ReadCounters().SwapBytes ?? 0);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        Assert.Equal(0, child.ExitCode);
        Assert.Equal(0, cap.ReadCounters().OomKills);
        Assert.True(cap.ReadCounters().LimitHits > 0);
        Assert.InRange(cap.ReadCounters().PeakBytes!.Value, 1, 32 * ByteSize.MiB);
        // Two thirds of its buffer do not fit in RAM.
        Assert.True(swapped > 32 * ByteSize.MiB, $"{swapped} bytes were seen swapped");
    }

    [Fact]
    public async Task CleanLeftoversAsync_OwnerKilled_TurnsItOffAndRemovesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "swap files need root on Linux");
        using var owner = Process.Start("sleep", ["600"]);
        var path = Path.Combine(s_folder, OwnerTag.ForProcess(owner.Id).Name + ".swap");
        foreach (var command in new[] { $"fallocate -l {8 * ByteSize.MiB} {path}", $"chmod 600 {path}", $"mkswap {path}",
            $"swapon {path}" })
        {
            using var tool = Process.Start(new ProcessStartInfo("sh", ["-c", $"PATH=$PATH:/usr/sbin:/sbin {command} >/dev/null 2>&1"]))!;
            await tool.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (tool.ExitCode != 0)
                File.Delete(path);
            Assert.SkipUnless(tool.ExitCode == 0, $"{command} does not work here");
        }
        owner.Kill();
        await owner.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal([$"swap file {path}"], await SwapFile.CleanLeftoversAsync("/no/such/folder"));
        Assert.DoesNotContain(path, await File.ReadAllTextAsync("/proc/swaps", TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task CreateAsync_MoreThanTheDiskHas_IsRefusedBeforeAnythingIsMade()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "swap files need root on Linux");
        var refusal = await Assert.ThrowsAsync<CapException>(
            () => SwapFile.CreateAsync(s_folder, new ByteSize(1L << 60), CancellationToken.None));
        Assert.Contains("does not fit", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<SwapFile> CreateAsync(long mebibytes = 8)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "swap files need root on Linux");
        try
        {
            return await SwapFile.CreateAsync(s_folder, new ByteSize(mebibytes * ByteSize.MiB), TestContext.Current.CancellationToken);
        }
        catch (CapException refusal)
        {
            Assert.Skip(refusal.Message);
            throw;
        }
    }
}
