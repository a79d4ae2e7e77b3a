using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for a memory regime.</summary>
internal static class RegimeFormat
{
    /// <summary>The regime's name in words: <c>out of memory</c>.</summary>
    public static string Name(MemoryRegime regime) => WordFormat.Words(EnumNames.Name(regime));

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
