using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Engine.Tests.Machine.Caps.Linux;

/// <summary>What a limit writes into the files of a control group, in folders that contain copies of the kernel's files.</summary>
public sealed class CgroupLimitTests : IDisposable
{
    private static readonly ByteSize s_limit = new(700 * ByteSize.MiB);
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-cgroup-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private CgroupV2 V2(params string[] files) => new(With(files));

    private CgroupV1 V1(params string[] files) => new(With(files));

    private string With(string[] files)
    {
        foreach (var file in files)
            File.WriteAllText(Path.Combine(_folder, file), "");
        return _folder;
    }

    private string? Written(string file) => LinuxRoot.ReadText(Path.Combine(_folder, file));

    [Theory]
    [InlineData(null, "max")]
    [InlineData(0L, "0")]
    [InlineData(1L << 30, "1073741824")]
    public void Limit_V2_WritesMemorySwapAndAllOrNone(long? swap, string written)
    {
        V2("memory.max", "memory.swap.max", "memory.oom.group").SetLimit(s_limit,
            new SwapPolicy(swap is { } bytes ? new ByteSize(bytes) : null));
        Assert.Equal(("734003200", written, "1"), (Written("memory.max"), Written("memory.swap.max"), Written("memory.oom.group")));
    }

    [Fact]
    public void Limit_V2KernelThatDoesNotCountSwap_SaysWhatWouldHelp()
    {
        var refusal = Assert.Throws<CapException>(() => V2("memory.max").SetLimit(s_limit, SwapPolicy.Off));
        Assert.Contains("swapoff -a", refusal.Message, StringComparison.Ordinal);
        // If swap is allowed, the swap counter is not needed.
        V2("memory.max").SetLimit(s_limit, SwapPolicy.Allowed);
    }

    [Fact]
    public void Limit_V2ControllerNotHandedDown_IsRefusedInTheSystemsWords() =>
        Assert.Contains("memory.max", Assert.Throws<CapException>(() => V2().SetLimit(s_limit, SwapPolicy.Allowed)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Kill_V2_ReachesWhatForksMeanwhile()
    {
        V2("cgroup.kill", "cgroup.procs").KillAll();
        Assert.Equal("1", Written("cgroup.kill"));
    }

    [Fact]
    public void Limit_V1WithoutSwap_LimitsBothSumsAndTurnsSwappinessOff()
    {
        V1("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness").SetLimit(s_limit, SwapPolicy.Off);
        Assert.Equal("734003200", Written("memory.limit_in_bytes"));
        Assert.Equal("0", Written("memory.swappiness"));
        // The limit of memory plus swap must never be below the memory limit, or the kernel refuses it.
        Assert.True(
            long.Parse(Written("memory.memsw.limit_in_bytes")!, System.Globalization.CultureInfo.InvariantCulture) >= s_limit.Bytes);
    }

    [Fact]
    public void Limit_V1KernelThatDoesNotCountSwap_CanOnlyAllowOrTurnOff()
    {
        string[] files = ["memory.limit_in_bytes", "memory.swappiness"];
        Assert.Contains("swapaccount=1",
            Assert.Throws<CapException>(() => V1(files).SetLimit(s_limit, new SwapPolicy(new ByteSize(ByteSize.GiB)))).Message,
            StringComparison.Ordinal);
        V1(files).SetLimit(s_limit, SwapPolicy.Off);
        Assert.Equal("0", Written("memory.swappiness"));
    }
}
