using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>Converts the policy of the cache of conversations to its request field, and its report to facts.</summary>
internal static class ConversationMapping
{
    public static string? ToOption(CachePolicy? policy) => policy is { } chosen ? EnumNames.Name(chosen) : null;

    public static ConversationUse? ToUse(FrameExtension extension) => extension.Conversation is not { } report ? null : new ConversationUse
    {
        RamTokens = WireNumbers.Count(report.RamTokens),
        RamBytes = WireNumbers.Bytes(report.RamBytes),
        Evictions = WireNumbers.Count(report.Evictions),
        SavedBytes = WireNumbers.Bytes(report.SavedBytes),
        Queue = WireNumbers.Point(extension.QueueNanoseconds),
        Save = WireNumbers.Point(report.SaveNanoseconds),
    };
}
