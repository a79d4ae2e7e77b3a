using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for a memory regime.</summary>
internal static class RegimeFormat
{
    /// <summary>The regime's name in words: <c>out of memory</c>.</summary>
    public static string Name(MemoryRegime regime) => WordFormat.Words(EnumNames.Name(regime));

    /// <summary>What major page faults say of a regime.</summary>
    public const string FaultsNote = "Major page faults are the evidence only where the bytes that the server read are unknown, as for a "
        + "server of another user: the kernel reads ahead, so weights that are read again for every token cause few.";

    /// <summary>When a trial is in a regime, with the thresholds.</summary>
    public static string Describe(MemoryRegime regime) => Describe(regime, new RegimeRules());

    private static string Describe(MemoryRegime regime, RegimeRules rules) => regime switch
    {
        MemoryRegime.InMemory =>
            $"Less than {NumberFormat.Percent(rules.MinSpillShare)} of the bytes of a token comes from storage. Where that is more than "
            + $"{NumberFormat.Bytes(rules.MinSpillBytes)}, the trial is also less than {NumberFormat.Ratio(rules.SpillSlowdown)} times "
            + "slower than its depth explains.",
        MemoryRegime.Managed => "The storage tier streams on purpose.",
        MemoryRegime.Spilling =>
            $"More comes from storage, but the trial is less than {NumberFormat.Ratio(rules.CollapseSlowdown)} times slower than its depth "
            + "explains. Of an external server: it reports that part of the model is not on the accelerator.",
        MemoryRegime.Slowed => $"The trial is {NumberFormat.Ratio(rules.CollapseSlowdown)} times slower than its depth explains or more, "
            + "on a server whose memory cannot be read.",
        MemoryRegime.Thrashing =>
            $"The trial is {NumberFormat.Ratio(rules.CollapseSlowdown)} times slower or more while pages are moved, or a phase reached its "
            + "time limit meanwhile. The partial rate is an upper bound.",
        MemoryRegime.OutOfMemory => "The cap's oom_kill counter rose, a signal ended the server, or an allocation failed.",
        MemoryRegime.Refused => "The server refused the context for lack of memory.",
        _ => "There is no evidence: the trial failed for another reason, or the server's memory cannot be read and how fast it should be "
            + "is not known.",
    };

    /// <summary>What a system does in a regime that fails: <c>runs out of memory</c>.</summary>
    public static string Predicate(MemoryRegime regime) => regime switch
    {
        MemoryRegime.OutOfMemory => "runs out of memory",
        MemoryRegime.Thrashing => "thrashes",
        MemoryRegime.Refused => "refuses requests",
        MemoryRegime.Spilling => "spills",
        _ => "fails",
    };
}
