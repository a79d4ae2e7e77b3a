using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting;

/// <summary>The words for a memory regime.</summary>
internal static class RegimeFormat
{
    /// <summary>The regime's name in words: <c>out of memory</c>.</summary>
    public static string Name(MemoryRegime regime) => WordFormat.Words(EnumNames.Name(regime));
}
