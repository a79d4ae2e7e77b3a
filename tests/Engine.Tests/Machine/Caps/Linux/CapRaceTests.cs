using System.Collections.Concurrent;
using System.Diagnostics;
using MemoryWall.Core.Files;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Engine.Tests.Machine.Caps.Linux;

/// <summary>Caps and swap files that several processes make and remove at the same time.</summary>
[Collection("real caps")]
public sealed class CapRaceTests : IDisposable
{
    private static readonly CancellationToken s_stop = TestContext.Current.CancellationToken;
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Create_ManyAtOnceWhileOthersCleanUp_EachIsOnesOwnUntilItsEnd()
    {
        await SkipUnlessPermittedAsync();
        using var end = new CancellationTokenSource();
        var removed = new ConcurrentBag<string>();
        var cleaners = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                foreach (var one in await MemoryCapFactory.CleanLeftoversAsync())
                    removed.Add(one);
            }
        })).ToList();
        var folders = new ConcurrentBag<string>();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await using var cap = MemoryCapFactory.Create(new ByteSize(32 * ByteSize.MiB), SwapPolicy.Off);
                if (cap is CgroupCap { Folder: var folder })
                    folders.Add(folder);
                var start = new ProcessStartInfo("sh", ["-c", "read line; exit 7"]) { RedirectStandardInput = true };
                cap.ConfigureStart(start);
                using var child = Process.Start(start)!;
                await cap.AttachAsync(child, s_stop);
                Assert.Equal(32 * ByteSize.MiB, cap.ReadCounters().LimitBytes);
                child.StandardInput.Close();
                await child.WaitForExitAsync(s_stop);
                Assert.Equal(7, child.ExitCode);
            }
        }, s_stop)));
        await end.CancelAsync();
        await Task.WhenAll(cleaners);

        Assert.DoesNotContain(folders, Directory.Exists);
        Assert.DoesNotContain(removed, one => folders.Any(folder => one.Contains(folder, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task CleanLeftovers_SeveralAtOnceWithAGuardian_RemoveWhatIsLeftAndNothingElse()
    {
        await SkipUnlessPermittedAsync();
        var own = CgroupLocation.Find(LinuxRoot.Machine, "self", "memory")!;
        Assert.SkipUnless(own.Version == CgroupVersion.V1 && Environment.IsPrivilegedProcess,
            "makes its leftovers by hand, as root on cgroup v1");
        using var owner = Process.Start("sleep", ["600"]);
        var leftovers = new List<(string Folder, Process Child)>();
        for (var i = 0; i < 4; i++)
            leftovers.Add(await FillAsync(Path.Combine(own.Folder, OwnerTag.ForProcess(owner.Id).Name)));
        await using var alive = MemoryCapFactory.Create(new ByteSize(32 * ByteSize.MiB), SwapPolicy.Off);
        var living = await FillAsync(((CgroupCap)alive).Folder);
        owner.Kill();
        await owner.WaitForExitAsync(s_stop);

        using var guardian = StartGuardian(leftovers.Select(leftover => leftover.Folder));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(MemoryCapFactory.CleanLeftoversAsync, s_stop)));
        await guardian.WaitForExitAsync(s_stop);

        foreach (var (folder, child) in leftovers)
        {
            await child.WaitForExitAsync(s_stop);
            Assert.Equal(137, child.ExitCode);
            Assert.False(Directory.Exists(folder), folder);
            child.Dispose();
        }
        Assert.False(living.Child.HasExited);
        await alive.DisposeAsync();
        await living.Child.WaitForExitAsync(s_stop);
        living.Child.Dispose();
    }

    [Fact]
    public async Task CleanLeftovers_SwapFilesThatOthersTurnOffToo_AreGoneWithoutAnError()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "swap files need root on Linux");
        if (!OperatingSystem.IsLinux())
            return;
        using var owner = Process.Start("sleep", ["600"]);
        var paths = Enumerable.Range(0, 3).Select(_ => Path.Combine(_root.Path, OwnerTag.ForProcess(owner.Id).Name + ".swap")).ToList();
        try
        {
            foreach (var path in paths)
            {
                SwapArea.CreateFile(path, new ByteSize(8 * ByteSize.MiB));
                SwapArea.TurnOn(path);
            }
        }
        catch (CapException refusal)
        {
            owner.Kill();
            Assert.Skip(refusal.Message);
        }
        owner.Kill();
        await owner.WaitForExitAsync(s_stop);

        using var guardian = StartGuardian(paths);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => SwapFile.CleanLeftoversAsync(_root.Path), s_stop)));
        await guardian.WaitForExitAsync(s_stop);

        Assert.Empty(Directory.GetFiles(_root.Path));
        Assert.DoesNotContain(_root.Path, await File.ReadAllTextAsync("/proc/swaps", s_stop), StringComparison.Ordinal);
    }

    [Fact]
    public void TurnOff_FileThatIsNotOn_IsNoError()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "swap files need root on Linux");
        if (!OperatingSystem.IsLinux())
            return;
        var path = Path.Combine(_root.Path, "plain");
        File.WriteAllText(path, "");
        Assert.False(SwapArea.TurnOff(path));
        Assert.False(SwapArea.TurnOff(path + "2"));
    }

    // A killed process stays in a long system call, such as one that turns a swap file on, after its first thread has ended.
    [Fact]
    public async Task IsOrphan_FirstThreadEndedWhileAnotherWorks_IsFalseUntilAllEnd()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/python3"), "needs threads of a program without a runtime");
        const string Script = "import ctypes, platform, threading, time\n"
            + "threading.Thread(target=time.sleep, args=(600,)).start()\n"
            + "ctypes.CDLL(None).syscall(60 if platform.machine() == 'x86_64' else 93, 0)";
        using var process = Process.Start("/usr/bin/python3", ["-c", Script]);
        var tag = OwnerTag.ForProcess(process.Id);
        try
        {
            string Stat() => LinuxRoot.ReadText($"/proc/{process.Id}/stat") ?? "";
            for (var patience = 0; !Stat().Contains(") Z ", StringComparison.Ordinal) && patience < 500; patience++)
                await Task.Delay(20, s_stop);
            Assert.Contains(") Z ", Stat(), StringComparison.Ordinal);

            Assert.False(tag.IsOrphan);
        }
        finally
        {
            process.Kill();
        }
        for (var patience = 0; !tag.IsOrphan && patience < 500; patience++)
            await Task.Delay(20, s_stop);
        Assert.True(tag.IsOrphan);
    }

    [Fact]
    public async Task Guardian_ProcessOfAnotherNamespace_DoesNotEndItself()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the guardian is a shell of Linux");
        var cap = Directory.CreateDirectory(Path.Combine(_root.Path, "cap")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cap, "cgroup.procs"), "0\n", s_stop);
        // In a group of its own, which a wrong signal would end as a whole.
        using var guardian = StartGuardian([cap], "setsid", CleanupWatchdog.Script.Replace("-lt 200", "-lt 2", StringComparison.Ordinal));
        await guardian.WaitForExitAsync(s_stop);

        Assert.Equal(0, guardian.ExitCode);
    }

    [Theory]
    [InlineData(1000u, 1000u, true)]
    [InlineData(1000u, 0u, false)]
    [InlineData(1000u, 1001u, false)]
    [InlineData(0u, 1001u, true)]
    public void MayRemove_CapOfAnotherUser_IsLeftAtOnce(uint user, uint owner, bool may) =>
        Assert.Equal(may, Cgroup.MayRemove(new FileFacts(FileKind.Folder, null, 1, owner, null), user));

    private static Process StartGuardian(IEnumerable<string> paths, string? before = null, string? script = null)
    {
        string[] shell = ["/bin/sh", "-c", script ?? CleanupWatchdog.Script, "memwall-guardian"];
        var start = before is null ? new ProcessStartInfo(shell[0], shell[1..]) : new ProcessStartInfo(before, shell);
        start.RedirectStandardInput = true;
        var guardian = Process.Start(start)!;
        foreach (var path in paths)
            guardian.StandardInput.Write(path + "\n");
        guardian.StandardInput.Close();
        return guardian;
    }

    // A process under a cap.
    private static async Task<(string Folder, Process Child)> FillAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo("sleep", ["600"]);
        CgroupLauncher.PrependCommand(start, CgroupFile.ProcsPath(folder));
        var child = Process.Start(start)!;
        await CgroupMembership.WaitAsync(child, text => text.Contains(Path.GetFileName(folder), StringComparison.Ordinal), s_stop);
        return (folder, child);
    }

    private static async Task SkipUnlessPermittedAsync()
    {
        var support = await MemoryCapFactory.ProbeAsync();
        Assert.SkipUnless(support.IsPermitted, support.Refusal ?? "");
    }
}
