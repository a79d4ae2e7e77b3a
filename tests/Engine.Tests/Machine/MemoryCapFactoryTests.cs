using System.Diagnostics;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Engine.Tests.Machine;

/// <summary>Tests with the real caps of this machine.</summary>
[Collection("real caps")]
public class MemoryCapFactoryTests
{
    private static readonly ByteSize s_limit = new(48 * ByteSize.MiB);
    private static readonly CancellationToken s_stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_ChildThatNeedsMore_IsKilledWithProof()
    {
        await SkipUnlessPermittedAsync();
        await using var cap = MemoryCapFactory.Create(s_limit, SwapPolicy.Off);
        // One buffer of 200 MiB, with every page touched.
        using var child = await StartAsync(cap, "dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1");
        await child.WaitForExitAsync(s_stop);
        var evidence = cap.ReadCounters();
        Assert.Equal(137, child.ExitCode);
        Assert.Equal(1, evidence.OomKills);
        Assert.Equal(s_limit.Bytes, evidence.LimitBytes);
        Assert.InRange(evidence.PeakBytes!.Value, s_limit.Bytes * 9 / 10, s_limit.Bytes);
        Assert.True(evidence.LimitHits > 0);
    }

    [Fact]
    public async Task Create_ChildThatFits_RunsUntouched()
    {
        await SkipUnlessPermittedAsync();
        await using var cap = MemoryCapFactory.Create(s_limit, SwapPolicy.Off);
        using var child = await StartAsync(cap, "dd", "if=/dev/zero", "of=/dev/null", "bs=20M", "count=1");
        await child.WaitForExitAsync(s_stop);
        Assert.Equal(0, child.ExitCode);
        Assert.Equal(0, cap.ReadCounters().OomKills);
        Assert.InRange(cap.ReadCounters().PeakBytes!.Value, 20 * ByteSize.MiB, s_limit.Bytes);
    }

    [Fact]
    public async Task Prepare_Arguments_ReachTheChildAsTheyAre()
    {
        await SkipUnlessPermittedAsync();
        await using var cap = MemoryCapFactory.Create(s_limit, SwapPolicy.Allowed);
        string[] arguments = ["a b", "$(touch /tmp/no)", "'\"`;|&", "-e", "", "ü\n"];
        using var child = await StartAsync(cap, "sh", ["-c", "cat >/dev/null; printf '%s\\0' \"$@\"", "name", .. arguments]);
        child.StandardInput.Close();
        var seen = await child.StandardOutput.ReadToEndAsync(s_stop);
        Assert.Equal(arguments, seen.Split('\0')[..^1]);
    }

    [Fact]
    public async Task AttachAsync_ChildAfterExec_KeepsItsProcessId()
    {
        await SkipUnlessPermittedAsync();
        await using var cap = MemoryCapFactory.Create(s_limit, SwapPolicy.Allowed);
        using var child = await StartAsync(cap, "sh", "-c", "read x; echo $$");
        await child.StandardInput.WriteLineAsync("go");
        Assert.Equal(child.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            (await child.StandardOutput.ReadLineAsync(s_stop))?.Trim());
    }

    [Fact]
    public async Task AttachAsync_ProgramThatDoesNotExist_SaysItNeverRan()
    {
        await SkipUnlessPermittedAsync();
        await using var cap = MemoryCapFactory.Create(s_limit, SwapPolicy.Allowed);
        var start = Start("/no/such/program");
        cap.ConfigureStart(start);
        using var child = Process.Start(start)!;
        await child.WaitForExitAsync(s_stop);
        await Assert.ThrowsAsync<CapException>(() => cap.AttachAsync(child, s_stop));
    }

    [Fact]
    public async Task AttachAsync_ChildNotPrepared_IsNotBelieved()
    {
        await SkipUnlessPermittedAsync();
        await using var cap = MemoryCapFactory.Create(s_limit, SwapPolicy.Allowed);
        using var child = Process.Start(Start("true"))!;
        await child.WaitForExitAsync(s_stop);
        await Assert.ThrowsAsync<CapException>(() => cap.AttachAsync(child, s_stop));
    }

    [Fact]
    public async Task DisposeAsync_ChildStillRunning_EndsItAndLeavesNothing()
    {
        await SkipUnlessPermittedAsync();
        var cap = MemoryCapFactory.Create(s_limit, SwapPolicy.Allowed);
        using var child = await StartAsync(cap, "sh", "-c", "sleep 600 & sleep 600");
        var folder = (cap as CgroupCap)?.Folder;
        await cap.DisposeAsync();
        await child.WaitForExitAsync(s_stop);
        Assert.Equal(137, child.ExitCode);
        Assert.False(Directory.Exists(folder));
        await cap.DisposeAsync();
    }

    [Fact]
    public async Task ProbeAsync_Permitted_LeavesNothingBehind()
    {
        await SkipUnlessPermittedAsync();
        var own = CgroupLocation.Find(LinuxRoot.Machine, "self", "memory")!;
        Assert.DoesNotContain(Directory.GetDirectories(own.Folder),
            folder => OwnerTag.Parse(Path.GetFileName(folder))?.Pid == Environment.ProcessId);
    }

    [Fact]
    public async Task CleanLeftoversAsync_OwnerKilled_EndsTheChildAndRemovesTheCap()
    {
        await SkipUnlessPermittedAsync();
        var own = CgroupLocation.Find(LinuxRoot.Machine, "self", "memory")!;
        Assert.SkipUnless(own.Version == CgroupVersion.V1 && Environment.IsPrivilegedProcess,
            "makes its leftover by hand, as root on cgroup v1");
        using var owner = Process.Start("sleep", ["600"]);
        var folder = Path.Combine(own.Folder, OwnerTag.ForProcess(owner.Id).Name);
        Directory.CreateDirectory(folder);
        var start = Start("sleep", "600");
        CgroupLauncher.PrependCommand(start, Path.Combine(folder, "cgroup.procs"));
        using var child = Process.Start(start)!;
        await CgroupMembership.WaitAsync(child, text => text.Contains(Path.GetFileName(folder), StringComparison.Ordinal), s_stop);

        Assert.DoesNotContain(await MemoryCapFactory.CleanLeftoversAsync(), removed => removed.Contains(folder, StringComparison.Ordinal));
        Assert.False(child.HasExited);

        owner.Kill();
        await owner.WaitForExitAsync(s_stop);
        var cleaned = await MemoryCapFactory.CleanLeftoversAsync();
        Assert.Contains(cleaned, removed => removed == $"cap {folder} with 1 processes");
        await child.WaitForExitAsync(s_stop);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Create_MistypedUnit_IsRefused() =>
        Assert.Contains("4.00 MiB or more",
            Assert.Throws<CapException>(() => MemoryCapFactory.Create(new ByteSize(700), SwapPolicy.Off)).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Prepare_OneStringOfArguments_IsRefused()
    {
        await SkipUnlessPermittedAsync();
        await using var cap = MemoryCapFactory.Create(s_limit, SwapPolicy.Off);
        Assert.Throws<ArgumentException>(() => cap.ConfigureStart(new ProcessStartInfo("sh", "-c true")));
        Assert.Throws<ArgumentException>(() => cap.ConfigureStart(new ProcessStartInfo("sh") { UseShellExecute = true }));
    }

    [Fact]
    public void ScopeCommand_Limits_AreBytes() => Assert.Equal(
        "systemd-run --user --scope --quiet --collect --unit=memwall-1-2-3-4.scope --property=MemoryMax=50331648 "
        + "--property=MemorySwapMax=0 --",
        string.Join(' ', SystemdScopeCap.CreateCommand("memwall-1-2-3-4.scope", s_limit, SwapPolicy.Off)));

    private static async Task SkipUnlessPermittedAsync()
    {
        var support = await MemoryCapFactory.ProbeAsync();
        Assert.SkipUnless(support.IsPermitted, support.Refusal ?? "");
    }

    private static ProcessStartInfo Start(string program, params string[] arguments) =>
        new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

    private static async Task<Process> StartAsync(IMemoryCap cap, string program, params string[] arguments)
    {
        var start = Start(program, arguments);
        cap.ConfigureStart(start);
        var child = Process.Start(start)!;
        try
        {
            await cap.AttachAsync(child, s_stop);
        }
        catch (CapException)
        {
            // The process ended too quickly to be seen; the counters still show that it ran under the cap.
            Assert.True(child.HasExited);
        }
        return child;
    }
}
