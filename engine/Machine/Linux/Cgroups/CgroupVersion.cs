namespace MemoryWall.Machine.Linux.Cgroups;

/// <summary>The kernel's two interfaces to control groups.</summary>
internal enum CgroupVersion
{
    V1 = 1,
    V2 = 2,
}
