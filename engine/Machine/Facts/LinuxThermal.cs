using System.Globalization;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Facts;

/// <summary>The temperature of a Linux machine and whether its processors throttled.</summary>
internal static class LinuxThermal
{
    /// <summary>For example <c>hottest zone x86_pkg_temp 61 °C; 12 throttle events since boot</c>; null where the kernel reports
    /// nothing.</summary>
    public static string? Describe(LinuxRoot root)
    {
        var parts = new List<string>();
        var hottest = root.ThermalZones
            .Select(zone => (Name: LinuxRoot.ReadLine(Path.Combine(zone, "type")) ?? Path.GetFileName(zone),
                Milli: LinuxRoot.ReadNumber(Path.Combine(zone, "temp"))))
            .Where(zone => zone.Milli is > 0 and < 200_000).OrderByDescending(zone => zone.Milli).FirstOrDefault();
        if (hottest.Milli is { } milli)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"hottest zone {hottest.Name} {milli / 1000.0:0.#} °C"));
        if (ThrottleEvents(root) is { } events)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{events} throttle events since boot"));
        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    private static long? ThrottleEvents(LinuxRoot root)
    {
        long? sum = null;
        foreach (var file in root.ThrottleCountFiles)
        {
            if (LinuxRoot.ReadNumber(file) is { } count and >= 0)
                sum = (sum ?? 0) + count;
        }
        return sum;
    }
}
