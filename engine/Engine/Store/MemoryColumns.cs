using MemoryWall.Facts;

namespace MemoryWall.Store;

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
        ("cap_bytes", t => Cell.Of(t.Memory?.CapBytes)),
        ("peak_bytes", t => Cell.Of(t.Memory?.PeakBytes)),
        ("anonymous_bytes", t => Cell.Of(t.Memory?.AnonymousBytes)),
        ("file_bytes", t => Cell.Of(t.Memory?.FileBytes)),
        ("swap_bytes", t => Cell.Of(t.Memory?.SwapBytes)),
        ("oom_kills", t => Cell.Of(t.Memory?.OomKills)),
        .. from phase in s_phases
           from counter in s_counters
           select ($"{phase.Name}_{counter.Name}", (Func<Trial, string?>)(t => Cell.Of(t.Memory is { } memory && phase.Of(memory) is { } traffic ? counter.Of(traffic) : null))),
    ];

    /// <summary>The memory of a row; null where every one of its cells is empty.</summary>
    public static TrialMemory? Read(TableReader row)
    {
        var memory = new TrialMemory
        {
            CapBytes = row.Long("cap_bytes"),
            PeakBytes = row.Long("peak_bytes"),
            AnonymousBytes = row.Long("anonymous_bytes"),
            FileBytes = row.Long("file_bytes"),
            SwapBytes = row.Long("swap_bytes"),
            OomKills = row.Long("oom_kills"),
            Load = Traffic(row, "load"),
            Prefill = Traffic(row, "prefill"),
            Generation = Traffic(row, "generation"),
        };
        return memory == new TrialMemory() ? null : memory;
    }

    private static MemoryTraffic? Traffic(TableReader row, string phase)
    {
        var traffic = new MemoryTraffic
        {
            ReadBytes = row.Long($"{phase}_read_bytes"),
            FileRefaults = row.Long($"{phase}_file_refaults"),
            AnonymousRefaults = row.Long($"{phase}_anonymous_refaults"),
            MajorFaults = row.Long($"{phase}_major_faults"),
            LimitHits = row.Long($"{phase}_limit_hits"),
        };
        return traffic == new MemoryTraffic() ? null : traffic;
    }
}
