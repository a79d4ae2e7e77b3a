using MemoryWall.Core.Trials;

namespace MemoryWall.Runs;

/// <summary>The columns of <c>trials.csv</c> that hold a trial's memory.</summary>
internal static class MemoryColumns
{
    private static readonly (string Name, Func<TrialMemory, MemoryTraffic?> Of)[] s_phases =
        [("load", m => m.Load), ("prefill", m => m.Prefill), ("generation", m => m.Generation)];

    private static readonly (string Name, Func<MemoryTraffic, long?> Of)[] s_counters =
    [
        ("read_bytes", t => t.ReadBytes),
        ("file_refaults", t => t.FileRefaults),
        ("anonymous_refaults", t => t.AnonymousRefaults),
        ("major_faults", t => t.MajorFaults),
        ("limit_hits", t => t.LimitHits),
    ];

    public static IReadOnlyList<(string Name, Func<Trial, string?> Cell)> All { get; } =
    [
        ("cap_bytes", t => NumberCell.Format(t.Memory?.CapBytes)),
        ("peak_bytes", t => NumberCell.Format(t.Memory?.PeakBytes)),
        ("anonymous_bytes", t => NumberCell.Format(t.Memory?.AnonymousBytes)),
        ("file_bytes", t => NumberCell.Format(t.Memory?.FileBytes)),
        ("swap_bytes", t => NumberCell.Format(t.Memory?.SwapBytes)),
        ("oom_kills", t => NumberCell.Format(t.Memory?.OomKills)),
        .. from phase in s_phases
           from counter in s_counters
           select ($"{phase.Name}_{counter.Name}",
               (Func<Trial, string?>)(t =>
                   NumberCell.Format(t.Memory is { } memory && phase.Of(memory) is { } traffic ? counter.Of(traffic) : null))),
    ];

    /// <summary>The memory of a row; null where every one of its cells is empty.</summary>
    public static TrialMemory? Read(CsvTableReader row)
    {
        var memory = new TrialMemory
        {
            CapBytes = row.GetLong("cap_bytes"),
            PeakBytes = row.GetLong("peak_bytes"),
            AnonymousBytes = row.GetLong("anonymous_bytes"),
            FileBytes = row.GetLong("file_bytes"),
            SwapBytes = row.GetLong("swap_bytes"),
            OomKills = row.GetLong("oom_kills"),
            Load = ReadTraffic(row, "load"),
            Prefill = ReadTraffic(row, "prefill"),
            Generation = ReadTraffic(row, "generation"),
        };
        return memory == new TrialMemory() ? null : memory;
    }

    private static MemoryTraffic? ReadTraffic(CsvTableReader row, string phase)
    {
        var traffic = new MemoryTraffic
        {
            ReadBytes = row.GetLong($"{phase}_read_bytes"),
            FileRefaults = row.GetLong($"{phase}_file_refaults"),
            AnonymousRefaults = row.GetLong($"{phase}_anonymous_refaults"),
            MajorFaults = row.GetLong($"{phase}_major_faults"),
            LimitHits = row.GetLong($"{phase}_limit_hits"),
        };
        return traffic == new MemoryTraffic() ? null : traffic;
    }
}
