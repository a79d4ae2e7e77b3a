using CsCheck;
using MemoryWall.Machine.Caps.Linux;

namespace MemoryWall.Engine.Tests.Machine.Caps.Linux;

/// <summary>Captures: this project's v1 machine with an empty v2 beside it, a systemd desktop, Docker on v2 and v1, a hybrid systemd
/// machine.</summary>
public class CgroupLayoutTests
{
    [Theory]
    [InlineData("v1", 1, "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/jobs/3a9a")]
    [InlineData("v2", 2, "/sys/fs/cgroup",
        "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1.scope")]
    [InlineData("docker-v2", 2, "/sys/fs/cgroup", "/sys/fs/cgroup")]
    [InlineData("docker-v1", 1, "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory")]
    [InlineData("hybrid", 1, "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/user.slice")]
    public void Parse_RecordedMachine_FindsTheMemoryController(string capture, int version, string mount, string own)
    {
        var layout = CgroupLayout.Parse(Recorded.Text($"cgroup/{capture}-mountinfo.txt"), Recorded.Text($"cgroup/{capture}-cgroup.txt"),
            _ => true, _ => true);
        Assert.Equal(new CgroupLayout(version, mount, own), layout);
    }

    [Fact]
    public void Parse_OwnFolderNotVisible_FallsBackToTheMount()
    {
        var layout = CgroupLayout.Parse(Recorded.Text("cgroup/v1-mountinfo.txt"), Recorded.Text("cgroup/v1-cgroup.txt"), _ => false,
            _ => true);
        Assert.Equal("/sys/fs/cgroup/memory", layout!.OwnFolder);
    }

    [Fact]
    public void Parse_PathThatClimbsOut_IsNotFollowed()
    {
        var layout = CgroupLayout.Parse(Recorded.Text("cgroup/v2-mountinfo.txt"), "0::/../../etc", _ => true, _ => true);
        Assert.Equal("/sys/fs/cgroup", layout!.OwnFolder);
    }

    [Fact]
    public void FromOwnUp_EndsAtTheMount() =>
        Assert.Equal(["/c/a/b", "/c/a", "/c"], new CgroupLayout(2, "/c", "/c/a/b").EnumerateOwnAndParents());

    [Fact]
    public void Parse_Garbage_NeverThrows() =>
        Gen.Select(Gen.String, Gen.String)
            .Sample((mounts, cgroup) =>
            {
                CgroupLayout.Parse(mounts + "\n1 2 0:3 / /x rw - cgroup2 cgroup2 rw", cgroup, _ => true,
                _ => true);
            });
}
