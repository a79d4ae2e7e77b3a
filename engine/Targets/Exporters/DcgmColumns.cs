using System.Globalization;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Units;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Exporters;

/// <summary>NVIDIA devices, by the field names of DCGM's exporter. The numbers by which DCGM says that a field has no value are
/// absent.</summary>
internal static class DcgmColumns
{
    // dcgm_structs.h: the largest numbers of its three number types stand for a blank, an unknown, an unsupported or a forbidden value.
    private const double BlankInt32 = 0x7ffffff0;
    private const double BlankInt64 = 0x7ffffffffffffff0;
    private const double BlankDouble = 140737488355328.0;

    private const int MaxDevices = 64;
    private const double BytesPerMebibyte = ByteSize.MiB;

    public static IEnumerable<ExporterColumn> Create(MetricPage page) => page.Names
        .Where(name => name.StartsWith("DCGM_FI_", StringComparison.Ordinal))
        .SelectMany(name => page.Group(name, "gpu").Keys).Distinct(StringComparer.Ordinal)
        .Where(ExporterColumn.IsNumber).OrderBy(gpu => int.Parse(gpu, CultureInfo.InvariantCulture))
        .Take(MaxDevices).SelectMany(CreateDevice);

    private static IEnumerable<ExporterColumn> CreateDevice(string gpu)
    {
        // What a part of a divided device (MIG) says about itself is not the device's.
        double? Whole(MetricPage page, params ReadOnlySpan<string> fields) => Read(page, gpu, isOfDevice: false, fields);

        // Power, clocks and heat are the whole device's, and each of its parts repeats them.
        double? Device(MetricPage page, params ReadOnlySpan<string> fields) => Read(page, gpu, isOfDevice: true, fields);

        return
        [
            new(MetricKind.Gauge, $"gpu{gpu}_utilization_ratio", "DCGM_FI_DEV_GPU_UTIL, else DCGM_FI_PROF_GR_ENGINE_ACTIVE",
                page => Whole(page, "DCGM_FI_DEV_GPU_UTIL") * 0.01 ?? Whole(page, "DCGM_FI_PROF_GR_ENGINE_ACTIVE")),
            new(MetricKind.Gauge, $"gpu{gpu}_memory_busy_ratio", "DCGM_FI_DEV_MEM_COPY_UTIL",
                page => Whole(page, "DCGM_FI_DEV_MEM_COPY_UTIL") * 0.01),
            new(MetricKind.Gauge, $"gpu{gpu}_memory_used_bytes", "DCGM_FI_DEV_FB_USED",
                page => Whole(page, "DCGM_FI_DEV_FB_USED") * BytesPerMebibyte),
            new(MetricKind.Gauge, $"gpu{gpu}_memory_total_bytes", "DCGM_FI_DEV_FB_TOTAL, else used, free and reserved",
                page => (Whole(page, "DCGM_FI_DEV_FB_TOTAL") ?? Whole(page, "DCGM_FI_DEV_FB_USED") + Whole(page, "DCGM_FI_DEV_FB_FREE")
                    + (Whole(page, "DCGM_FI_DEV_FB_RESERVED") ?? 0)) * BytesPerMebibyte),
            new(MetricKind.Gauge, $"gpu{gpu}_sm_clock_hz", "DCGM_FI_DEV_SM_CLOCK", page => Device(page, "DCGM_FI_DEV_SM_CLOCK") * 1e6),
            new(MetricKind.Gauge, $"gpu{gpu}_memory_clock_hz", "DCGM_FI_DEV_MEM_CLOCK",
                page => Device(page, "DCGM_FI_DEV_MEM_CLOCK") * 1e6),
            new(MetricKind.Gauge, $"gpu{gpu}_power_watts", "DCGM_FI_DEV_POWER_USAGE", page => Device(page, "DCGM_FI_DEV_POWER_USAGE")),
            new(MetricKind.Counter, $"gpu{gpu}_energy_joules_total", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
                page => Device(page, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION") * 1e-3),
            new(MetricKind.Gauge, $"gpu{gpu}_temperature_celsius", "DCGM_FI_DEV_GPU_TEMP", page => Device(page, "DCGM_FI_DEV_GPU_TEMP")),
            new(MetricKind.Gauge, $"gpu{gpu}_throttle_bits", "DCGM_FI_DEV_CLOCKS_EVENT_REASONS or DCGM_FI_DEV_CLOCK_THROTTLE_REASONS",
                page => Device(page, "DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS")),
        ];
    }

    private static double? Read(MetricPage page, string gpu, bool isOfDevice, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            var samples = page.Group(field, "gpu").GetValueOrDefault(gpu) ?? [];
            // A device that several containers share has a sample for each of them, with the same value.
            foreach (var sample in samples)
            {
                if ((isOfDevice || string.IsNullOrEmpty(sample.Label("GPU_I_ID"))) && !IsBlank(sample.Value))
                    return sample.Value;
            }
        }
        return null;
    }

    private static bool IsBlank(double value) => !double.IsFinite(value) || value < 0 || value >= BlankInt64
        || value is (>= BlankInt32 and < BlankInt32 + 16) or (>= BlankDouble and < BlankDouble + 16);
}
