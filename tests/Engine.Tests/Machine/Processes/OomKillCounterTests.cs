using MemoryWall.Machine.Processes;

namespace MemoryWall.Engine.Tests.Machine.Processes;

public class OomKillCounterTests
{
    [Theory]
    [InlineData("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n", 2L)]
    [InlineData("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n", 5L)]
    [InlineData("oom_kill many\n", null)]
    [InlineData("nothing here\n", null)]
    public void Count_FilesOfBothVersions_AreRead(string content, long? expected)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, content);
        Assert.Equal(expected, new OomKillCounter(file).Read());
        File.Delete(file);
        Assert.Null(new OomKillCounter(file).Read());
    }

    [Fact]
    public void ForProcess_ThisProcess_HasACounterOnLinux()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "control groups exist on Linux only");
        Assert.NotNull(OomKillCounter.ForProcess(Environment.ProcessId).Read());
    }
}
