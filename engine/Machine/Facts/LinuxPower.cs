using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Facts;

/// <summary>The power source of a Linux machine and the governor of its processors.</summary>
internal static class LinuxPower
{
    /// <summary>For example <c>battery discharging; governor schedutil; boost on</c>; null where the kernel reports
    /// nothing.</summary>
    public static string? Describe(LinuxRoot root)
    {
        var parts = new List<string>();
        if (DescribeSource(root) is { } source)
            parts.Add(source);
        var governors = root.CpuFolders
            .Select(cpu => LinuxRoot.ReadLine(Path.Combine(cpu, "cpufreq/scaling_governor"))).OfType<string>()
            .Distinct(StringComparer.Ordinal).ToList();
        if (governors.Count > 0)
            parts.Add("governor " + string.Join("/", governors));
        if (LinuxRoot.ReadLine(Path.Combine(root.CpuFolder, "cpufreq/boost")) is { } boost)
            parts.Add(boost == "0" ? "boost off" : "boost on");
        if (LinuxRoot.ReadLine(Path.Combine(root.CpuFolder, "intel_pstate/no_turbo")) is { } noTurbo)
            parts.Add(noTurbo == "1" ? "turbo off" : "turbo on");
        if (LinuxRoot.ReadLine(Path.Combine(root.Sys, "firmware/acpi/platform_profile")) is { } profile)
            parts.Add("platform profile " + profile);
        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    private static string? DescribeSource(LinuxRoot root)
    {
        string? battery = null;
        foreach (var supply in LinuxRoot.ListEntries(Path.Combine(root.Sys, "class/power_supply")))
        {
            // A mouse's battery is a power supply of the scope "Device".
            if (LinuxRoot.ReadLine(Path.Combine(supply, "scope")) == "Device")
                continue;
            if (LinuxRoot.ReadLine(Path.Combine(supply, "online")) == "1")
                return "mains";
            if (LinuxRoot.ReadLine(Path.Combine(supply, "type")) == "Battery")
                battery = "battery " + (LinuxRoot.ReadLine(Path.Combine(supply, "status")) ?? "").ToLowerInvariant();
        }
        return battery?.Trim();
    }
}
