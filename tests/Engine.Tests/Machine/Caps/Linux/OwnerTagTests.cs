using System.Diagnostics;
using CsCheck;
using MemoryWall.Machine.Caps.Linux;

namespace MemoryWall.Engine.Tests.Machine.Caps.Linux;

public class OwnerTagTests
{
    [Fact]
    public void Parse_OwnName_ComesBackEqual()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "owner tags exist on Linux only");
        var tag = OwnerTag.ForThisProcess();
        Assert.Equal(tag, OwnerTag.Parse(tag.Name));
        Assert.False(tag.IsOrphan);
        Assert.NotEqual(tag, OwnerTag.ForThisProcess());
    }

    [Fact]
    public void IsOrphan_SameIdAnotherStart_IsTrue()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "owner tags exist on Linux only");
        var tag = OwnerTag.ForThisProcess();
        Assert.True((tag with { StartTicks = tag.StartTicks - 1 }).IsOrphan);
    }

    [Fact]
    public void IsOrphan_AnotherNamespace_CannotBeJudged()
    {
        var tag = new OwnerTag(1, int.MaxValue, 5, 1);
        Assert.False(tag.IsOrphan);
    }

    [Fact]
    public async Task StartOf_NameWithParenthesesAndBlanks_IsReadAllTheSame()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var program = Path.Combine(Path.GetTempPath(), $"memwall ) 1 2 ({Environment.ProcessId}");
        File.Copy("/bin/sleep", program, overwrite: true);
        using var process = Process.Start(program, ["30"]);
        try
        {
            Assert.True(OwnerTag.ReadStartTicks(process.Id) >= OwnerTag.ReadStartTicks(Environment.ProcessId));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            File.Delete(program);
        }
        Assert.Null(OwnerTag.ReadStartTicks(process.Id));
    }

    [Theory]
    [InlineData("memwall-1-2-3")]
    [InlineData("memwall-1-2-3-4-5")]
    [InlineData("memwall-1--2-3-4")]
    [InlineData("memwall-a-2-3-4")]
    [InlineData("somebody-1-2-3-4")]
    public void Parse_OtherName_IsNull(string name) => Assert.Null(OwnerTag.Parse(name));

    [Fact]
    public void Parse_AnyText_NeverThrows() => Gen.String.Sample(text => { OwnerTag.Parse(OwnerTag.Prefix + text); });
}
