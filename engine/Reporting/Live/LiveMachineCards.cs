using MemoryWall.Analysis.Live;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Live;

/// <summary>The cards about the machine: the three memory tiers, transfers and load.</summary>
internal static class LiveMachineCards
{
    private static readonly (string Name, ChartColor Color, Func<TierParts, double> Bytes)[] s_parts =
    [
        ("weights", ChartColor.Grey, parts => parts.Weights),
        ("KV cache", ChartColor.Blue, parts => parts.Kv),
        ("compute", ChartColor.Orange, parts => parts.Compute),
        ("other", ChartColor.Purple, parts => parts.Other),
    ];

    /// <summary>Accelerator memory, RAM and storage, each as one bar of weights, KV cache, compute buffers and the rest.</summary>
    public static LiveCanvas Tiers(LiveSnapshot run, LiveScale scale, double width, double height)
    {
        var card = new LiveCanvas(width, height).Frame(LiveWords.TiersTitle(run, isNarrow: width < 700));
        var left = LiveCanvas.Margin;
        AddLegend(card, width < 700 ? 14 : 17);
        (string Name, TierParts? Parts)[] tiers =
        [
            ("tier 1 · accelerator", run.Placement?.Accelerator),
            ("tier 2 · RAM", run.Placement?.Memory),
            (run.Placement?.IsStoragePlanned == true ? "tier 3 · storage, as planned" : "tier 3 · storage and swap",
                run.Placement?.Storage),
        ];
        var row = (height - 44) / tiers.Length;
        var barWidth = width - 2 * left;
        foreach (var (index, (name, parts)) in tiers.Index())
        {
            var y = 44 + index * row;
            card.Text(left, y + 22, name, 18)
                .Text(width - left, y + 22, parts is { } known ? NumberFormat.Bytes(known.Total) : NumberFormat.Absent, 20, "end")
                .Track(left, y + 30, barWidth, row - 42);
            if (parts is { } content)
                AddParts(card, content, left, y + 30, row - 42, barWidth / scale.Bytes);
            if (index == 1 && run.Manifest.Plan.Cap?.Bytes is { } cap)
                card.Line(left + barWidth * cap / scale.Bytes, y + 26, left + barWidth * cap / scale.Bytes, y + row - 8, LiveCanvas.Bad);
        }
        return card;
    }

    /// <summary>Swap, the named disk, and the load of processors or accelerators.</summary>
    public static LiveCanvas Transfers(LiveSnapshot run, LiveScale scale, double width, double height)
    {
        var card = new LiveCanvas(width, height).Frame("");
        var machine = run.Machine;
        var disk = machine?.DiskName is { } name ? $"tier 3 {name}" : "tier 3";
        var swap = machine?.SwapDiskName is { } swapDisk ? $"swap {swapDisk}" : "swap";
        (string Label, double? Share, string Value)[] rows =
        [
            ($"{swap} in", machine?.SwapInBytesPerSecond / scale.BytesPerSecond, NumberFormat.Bandwidth(machine?.SwapInBytesPerSecond)),
            ($"{swap} out", machine?.SwapOutBytesPerSecond / scale.BytesPerSecond, NumberFormat.Bandwidth(machine?.SwapOutBytesPerSecond)),
            ($"{disk} read", machine?.DiskReadBytesPerSecond / scale.BytesPerSecond,
                NumberFormat.Bandwidth(machine?.DiskReadBytesPerSecond)),
            ($"{disk} write", machine?.DiskWriteBytesPerSecond / scale.BytesPerSecond,
                NumberFormat.Bandwidth(machine?.DiskWriteBytesPerSecond)),
            ("server from storage", machine?.ServerReadBytesPerSecond / scale.BytesPerSecond,
                NumberFormat.Bandwidth(machine?.ServerReadBytesPerSecond)),
            .. GetLoads(run),
        ];
        var row = (height - 20) / rows.Length;
        var size = Math.Min(20, row * 0.62);
        foreach (var (index, (label, share, value)) in rows.Index())
        {
            var y = 10 + index * row;
            var barX = width * 0.36;
            card.Text(LiveCanvas.Margin, y + row * 0.68, LiveCanvas.Fit(label, barX - 20, size), size)
                .Track(barX, y + row * 0.25, width * 0.36, row * 0.5)
                .Box(barX, y + row * 0.25, width * 0.36 * Math.Clamp(share ?? 0, 0, 1), row * 0.5, Theme.Hex(
                    index < 2 ? ChartColor.Vermilion : index < 5 ? ChartColor.Orange : ChartColor.Sky))
                .Text(width - LiveCanvas.Margin, y + row * 0.68, value, size, "end");
        }
        return card;
    }

    private static void AddLegend(LiveCanvas card, double size)
    {
        var x = card.Width - LiveCanvas.Margin;
        foreach (var (name, color, _) in s_parts.Reverse())
        {
            x -= LiveCanvas.WidthOf(name, size);
            card.Text(x, 29, name, size, opacity: LiveCanvas.Muted).Box(x - 16, 18, 12, 12, Theme.Hex(color));
            x -= 26;
        }
    }

    private static IEnumerable<(string Label, double? Share, string Value)> GetLoads(LiveSnapshot run)
    {
        var machine = run.Machine;
        if (machine?.GpuUtilization is { } accelerator)
            yield return ("accelerator", accelerator, NumberFormat.Percent(accelerator));
        // Counters of CPU time move in steps, so a second can contain a step more than it has.
        var busy = machine?.BusyCores is { } cores ? Math.Min(1, cores / machine.LogicalCores) : (double?)null;
        yield return ("processors", busy, NumberFormat.Percent(busy));
        if (machine?.GpuUtilization is null)
            yield return ("MFU of prefill", run.Mfu, NumberFormat.Percent(run.Mfu));
    }

    private static void AddParts(LiveCanvas card, TierParts content, double x, double y, double height, double pixelsPerByte)
    {
        foreach (var (name, color, bytes) in s_parts)
        {
            var width = bytes(content) * pixelsPerByte;
            card.Box(x, y, width, height, Theme.Hex(color), $"{name}: {NumberFormat.Bytes(bytes(content))}");
            x += Math.Max(0, width);
        }
    }
}
