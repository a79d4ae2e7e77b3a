using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Gpu;

/// <summary>A device of the amdgpu driver.</summary>
/// <param name="Name">The product's name where the driver reports it, else its PCI id.</param>
/// <param name="Folder">Its folder, <c>/sys/class/drm/cardN/device</c>.</param>
/// <param name="Driver">The driver's version where it is not the kernel's own; otherwise null.</param>
internal sealed record AmdDevice(string Name, string Folder, string? Driver)
{
    private const string AmdVendor = "0x1002";

    public static IReadOnlyList<AmdDevice> Find(LinuxRoot root)
    {
        var found = new List<AmdDevice>();
        foreach (var card in LinuxRoot.ListEntries(Path.Combine(root.Sys, "class/drm"), "card*"))
        {
            // card0 is a device, card0-DP-1 is a connector of it.
            if (Path.GetFileName(card).Contains('-', StringComparison.Ordinal))
                continue;
            var folder = Path.Combine(card, "device");
            if (LinuxRoot.ReadLine(Path.Combine(folder, "vendor")) != AmdVendor
                || LinuxRoot.ReadNumber(Path.Combine(folder, "mem_info_vram_total")) is null)
                continue;
            var name = LinuxRoot.ReadLine(Path.Combine(folder, "product_name"))
                ?? $"AMD device {LinuxRoot.ReadLine(Path.Combine(folder, "device")) ?? "of unknown id"}";
            found.Add(new AmdDevice(name, folder, LinuxRoot.ReadLine(Path.Combine(root.Sys, "module/amdgpu/version"))));
        }
        return found;
    }
}
