using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Machine.Linux;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>The budget from the files of control groups, version 1 and version 2.</summary>
public sealed class TierBudgetTests : IDisposable
{
    private const long MiB = 1 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-tier-budget-").FullName;

    public TierBudgetTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "control groups are Linux");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private LinuxRoot Root => LinuxRoot.FromFolder(_folder);

    private void Write(string path, string text)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text + "\n");
    }

    private void WriteV2(string group, string max, string high, long anonymous, long mapped, long kernel)
    {
        Write("proc/self/cgroup", "0::/user.slice/app.scope");
        Write("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec - cgroup2 cgroup2 rw,nsdelegate");
        var folder = $"sys/fs/cgroup{group}";
        Write($"{folder}/memory.max", max);
        Write($"{folder}/memory.high", high);
        Write($"{folder}/memory.stat", $"anon {anonymous}\nfile 999999999\nkernel {kernel}\nfile_mapped {mapped}");
    }

    [Fact]
    public void ReadUnusedBytes_Version2_TheLimitLessWhatIsChargedAndCannotBeReclaimed()
    {
        WriteV2("/user.slice/app.scope", $"{700 * MiB}", "max", 100 * MiB, 20 * MiB, 5 * MiB);
        Assert.Equal(575 * MiB, TierBudget.ReadUnusedBytes(Root));
    }

    [Fact]
    public void ReadUnusedBytes_Version2High_CountsLikeALimit()
    {
        WriteV2("/user.slice/app.scope", "max", $"{600 * MiB}", 100 * MiB, 20 * MiB, 5 * MiB);
        Assert.Equal(475 * MiB, TierBudget.ReadUnusedBytes(Root));
    }

    [Fact]
    public void ReadUnusedBytes_Version2LimitAbove_LessWhatAllGroupsBelowItUse()
    {
        WriteV2("/user.slice/app.scope", $"{900 * MiB}", "max", 100 * MiB, 0, 0);
        WriteV2("/user.slice", $"{800 * MiB}", "max", 350 * MiB, 50 * MiB, 0);
        Assert.Equal(400 * MiB, TierBudget.ReadUnusedBytes(Root));
    }

    [Fact]
    public void ReadUnusedBytes_Version2WithoutALimit_Null()
    {
        WriteV2("/user.slice/app.scope", "max", "max", 100 * MiB, 0, 0);
        Assert.Null(TierBudget.ReadUnusedBytes(Root));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadUnusedBytes_Version1_TheSame(bool isLimited)
    {
        Write("proc/self/cgroup", "9:memory:/app\n0::/");
        Write("proc/self/mountinfo", "35 30 0:31 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory");
        Write("sys/fs/cgroup/memory/app/memory.limit_in_bytes", isLimited ? $"{700 * MiB}" : "9223372036854771712");
        Write("sys/fs/cgroup/memory/app/memory.kmem.usage_in_bytes", $"{5 * MiB}");
        Write("sys/fs/cgroup/memory/app/memory.stat",
            $"rss 1\nmapped_file 1\ntotal_rss {100 * MiB}\ntotal_mapped_file {20 * MiB}\ntotal_cache 999999999");
        Assert.Equal(isLimited ? 575 * MiB : null, TierBudget.ReadUnusedBytes(Root));
    }

    [Fact]
    public void ReadUnusedBytes_NoControlGroup_Null() => Assert.Null(TierBudget.ReadUnusedBytes(Root));
}
