using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Facts;

/// <summary>Whether a Linux machine is virtual or a container, and the sign of it.</summary>
internal static class LinuxVirtualization
{
    /// <summary>Null where there is no sign, which does not prove that the machine is physical.</summary>
    public static string? Describe(LinuxRoot root, string? cpuinfo)
    {
        var parts = new[] { DescribeVirtualMachine(root, cpuinfo), DescribeContainer(root) }.OfType<string>().ToList();
        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    private static string? DescribeVirtualMachine(LinuxRoot root, string? cpuinfo)
    {
        if (root.KernelRelease is { } kernel
            && kernel.Contains("microsoft", StringComparison.OrdinalIgnoreCase))
            return "WSL (kernel name)";
        if (LinuxRoot.ReadLine(Path.Combine(root.Sys, "hypervisor/type")) is { } type)
            return $"virtual: {type} (/sys/hypervisor)";
        var product = LinuxRoot.ReadLine(Path.Combine(root.Sys, "class/dmi/id/product_name"));
        var vendor = LinuxRoot.ReadLine(Path.Combine(root.Sys, "class/dmi/id/sys_vendor"));
        var flagged = (cpuinfo ?? "").Split('\n').FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?
            .Split(' ').Contains("hypervisor", StringComparer.Ordinal) == true;
        if (!flagged)
            return null;
        var name = string.Join(" ", new[] { vendor, product }.OfType<string>());
        return $"virtual: {(name.Length == 0 ? "unnamed hypervisor" : name)} (CPU flag)";
    }

    private static string? DescribeContainer(LinuxRoot root)
    {
        var above = Path.GetDirectoryName(root.Proc) ?? "/";
        if (File.Exists(Path.Combine(above, ".dockerenv")))
            return "container: docker (/.dockerenv)";
        if (File.Exists(Path.Combine(above, "run/.containerenv")))
            return "container: podman (/run/.containerenv)";
        var groups = LinuxRoot.ReadText(Path.Combine(root.Proc, "self/cgroup")) ?? "";
        foreach (var kind in new[] { "docker", "kubepods", "lxc", "libpod" })
        {
            if (groups.Contains("/" + kind, StringComparison.Ordinal))
                return $"container: {kind} (control group)";
        }
        return null;
    }
}
