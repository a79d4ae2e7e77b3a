using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using MemoryColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.TrialMemory>;
using TrafficColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.MemoryTraffic>;

namespace MemoryWall.Runs.Schema;

/// <summary>The memory of the server during a trial, by the system's counters.</summary>
internal static class MemoryColumns
{
    private const string NoLimit = "There was no memory limit.";
    private const string Unreadable = "It could not be read.";

    private static readonly MemoryColumn[] s_memory =
    [
        MemoryColumn.Integer("cap_bytes", "bytes", "The memory limit of the embedded server.", NoLimit,
            m => m.CapBytes, (m, v) => m with { CapBytes = v }),
        MemoryColumn.Integer("peak_bytes", "bytes",
            "The most memory charged to the limit since the server started, file pages included.", NoLimit,
            m => m.PeakBytes, (m, v) => m with { PeakBytes = v }),
        MemoryColumn.Integer("anonymous_bytes", "bytes", "Anonymous memory of the server at the end of the trial.", Unreadable,
            m => m.AnonymousBytes, (m, v) => m with { AnonymousBytes = v }),
        MemoryColumn.Integer("file_bytes", "bytes", "File pages in memory at the end of the trial, mapped weights included.", Unreadable,
            m => m.FileBytes, (m, v) => m with { FileBytes = v }),
        MemoryColumn.Integer("swap_bytes", "bytes", "Memory that was swapped out at the end of the trial.", Unreadable,
            m => m.SwapBytes, (m, v) => m with { SwapBytes = v }),
        MemoryColumn.Integer("oom_kills", "", "Processes that the kernel killed during the trial because the limit was reached.", NoLimit,
            m => m.OomKills, (m, v) => m with { OomKills = v }),
        .. InPhase("load", "while the model was loaded", m => m.Load, (m, v) => m with { Load = v }),
        .. InPhase("prefill", "from the request to the first token", m => m.Prefill, (m, v) => m with { Prefill = v }),
        .. InPhase("generation", "from the first token to the end", m => m.Generation, (m, v) => m with { Generation = v }),
    ];

    public static IReadOnlyList<Column<Trial>> All { get; } =
        [.. s_memory.Select(column => column.Within<Trial>(t => t.Memory, (t, change) => t with { Memory = change(t.Memory ?? new()) }))];

    private static IEnumerable<MemoryColumn> InPhase(string phase, string when,
        Func<TrialMemory, MemoryTraffic?> get, Func<TrialMemory, MemoryTraffic, TrialMemory> set)
    {
        TrafficColumn[] counters =
        [
            TrafficColumn.Integer($"{phase}_read_bytes", "bytes",
                $"Bytes read from storage {when}, page-ins of mapped weights and of swapped memory included.", Unreadable,
                t => t.ReadBytes, (t, v) => t with { ReadBytes = v }),
            TrafficColumn.Integer($"{phase}_file_refaults", "pages", $"Evicted file pages that were read again {when}.", NoLimit,
                t => t.FileRefaults, (t, v) => t with { FileRefaults = v }),
            TrafficColumn.Integer($"{phase}_anonymous_refaults", "pages", $"Evicted anonymous pages that were swapped in again {when}.",
                NoLimit,
                t => t.AnonymousRefaults, (t, v) => t with { AnonymousRefaults = v }),
            TrafficColumn.Integer($"{phase}_major_faults", "", $"Page faults that needed storage {when}.", Unreadable,
                t => t.MajorFaults, (t, v) => t with { MajorFaults = v }),
            TrafficColumn.Integer($"{phase}_limit_hits", "", $"Allocations that reached the limit {when}.", NoLimit,
                t => t.LimitHits, (t, v) => t with { LimitHits = v }),
        ];
        return counters.Select(column => column.Within(get, (memory, change) => set(memory, change(get(memory) ?? new()))));
    }
}
