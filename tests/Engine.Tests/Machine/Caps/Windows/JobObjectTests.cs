using System.Runtime.CompilerServices;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Windows;

namespace MemoryWall.Engine.Tests.Machine.Caps.Windows;

public class JobObjectTests
{
    private static readonly ByteSize s_limit = new(700 * ByteSize.MiB);

    [Fact]
    public void JobLimits_On64Bit_HaveTheSizeThatWindowsExpects()
    {
        Assert.SkipUnless(nint.Size == 8, "the layout differs on 32 bits");
        Assert.Equal(144, Unsafe.SizeOf<JobLimits>());
    }

    [Fact]
    public void Limits_SwapOff_BoundsWhatIsCommitted()
    {
        var limits = JobNative.CreateLimits(s_limit, SwapPolicy.Off);
        Assert.Equal(JobNative.KillOnClose | JobNative.JobMemory, limits.LimitFlags);
        Assert.Equal((nuint)s_limit.Bytes, limits.JobMemoryLimit);
    }

    [Fact]
    public void Limits_SwapAllowed_BoundsWhatIsResident()
    {
        var limits = JobNative.CreateLimits(s_limit, SwapPolicy.Allowed);
        Assert.Equal(JobNative.KillOnClose | JobNative.WorkingSet, limits.LimitFlags);
        Assert.Equal((nuint)s_limit.Bytes, limits.MaximumWorkingSetSize);
    }

    [Fact]
    public void Limits_SwapLimited_BoundsBoth()
    {
        var limits = JobNative.CreateLimits(s_limit, new SwapPolicy(new ByteSize(ByteSize.GiB)));
        Assert.Equal(JobNative.KillOnClose | JobNative.WorkingSet | JobNative.JobMemory, limits.LimitFlags);
        Assert.Equal((nuint)(s_limit.Bytes + ByteSize.GiB), limits.JobMemoryLimit);
    }
}
