using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>Converts the policy of the cache of conversations to its request field, and its report to facts.</summary>
internal static class ConversationMapping
{
    private const int MaxNoteLength = 300;

    public static string? ToOption(CachePolicy? policy) => policy is { } chosen ? EnumNames.Name(chosen) : null;

    public static ConversationUse? ToUse(FrameExtension extension, HttpAccess access) => extension.Conversation is { } report
        ? ToUse(report, extension, access)
        : null;

    private static ConversationUse ToUse(ConversationReport report, FrameExtension extension, HttpAccess access) => new()
    {
        RamTokens = WireNumbers.Count(report.RamTokens),
        RamBytes = WireNumbers.Bytes(report.RamBytes),
        RamTime = WireNumbers.Point(report.RamNanoseconds),
        Evictions = WireNumbers.Count(report.Evictions),
        SavedBytes = WireNumbers.Bytes(report.SavedBytes),
        Queue = WireNumbers.Point(extension.QueueNanoseconds),
        ReadAheadBytes = WireNumbers.Bytes(report.ReadAheadBytes),
        Save = WireNumbers.Point(report.SaveNanoseconds),
        Note = report.Note is { } note ? access.Sanitize(note, MaxNoteLength) : null,
    };
}
