using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>Reads the frames of one inference.</summary>
internal sealed class EmbeddedStreamParser(InferenceStream stream)
{
    /// <summary>Reads a line; returns false to stop reading.</summary>
    public bool Parse(ReadOnlyMemory<byte> line, Instant arrived)
    {
        if (FrameReader.Read(line, stream.Result, stream.Exchange.Access) is not { } frame)
            return false;
        stream.Result.IncompleteMessage = "the stream ended without its final frame (done: true)";
        if (frame.Extension?.PromptProgress is { } progress)
            stream.Timeline.AddOrFail(stream.Result, MarkKind.Prefill, WireNumbers.Count(progress.Done), arrived,
                WireNumbers.Point(progress.ElapsedNanoseconds));
        if (frame.Extension?.TokenTimes is { Count: > 0 } times)
            AddTokens(times, arrived);
        else if (!string.IsNullOrEmpty(frame.Response))
            stream.Timeline.AddOrFail(stream.Result, MarkKind.Chunk, null, arrived);
        stream.Result.Answer?.Add(frame.Response);
        if (frame.Done is true)
            ParseFinal(frame, frame.Extension ?? new FrameExtension());
        return stream.Result is { Failure: null, HasFinalFrame: false };
    }

    // Several tokens can share a frame; the server's own times separate them.
    private void AddTokens(List<long> times, Instant arrived)
    {
        foreach (var time in times)
        {
            stream.Timeline.AddOrFail(stream.Result, MarkKind.Chunk, 1, arrived, WireNumbers.Point(time));
            if (stream.Result.Failure is not null)
                return;
        }
    }

    private void ParseFinal(GenerateFrame frame, FrameExtension extension)
    {
        var result = stream.Result;
        result.HasFinalFrame = true;
        result.StopReason = frame.DoneReason;
        result.PromptTokens = WireNumbers.Count(frame.PromptTokens);
        result.OutputTokens = WireNumbers.Count(frame.OutputTokens);
        result.CachedTokens = WireNumbers.Count(extension.CachedPromptTokens);
        result.SkippedPromptTokens = WireNumbers.Count(extension.SkippedPromptTokens);
        result.Tier = TierMapping.ToTierUse(extension.Tier);
        result.Conversation = ConversationMapping.ToUse(extension, stream.Exchange.Access);
        result.Answer?.Add(extension.AnswerTokens);
        result.Server = new ServerTimings
        {
            Load = WireNumbers.Duration(frame.LoadNanoseconds),
            Queue = WireNumbers.Point(extension.QueueNanoseconds),
            Tokenization = WireNumbers.Point(extension.TokenizeNanoseconds),
            SkippedPrefill = WireNumbers.Duration(extension.SkippedPrefillNanoseconds),
            Prefill = WireNumbers.Duration(frame.PrefillNanoseconds),
            FirstToken = WireNumbers.Point(extension.FirstTokenNanoseconds),
            Generation = WireNumbers.Duration(frame.GenerationNanoseconds),
            Total = WireNumbers.Duration(frame.TotalNanoseconds),
        };
        result.Native = new NativeTimings
        {
            Prefill = WireNumbers.Duration(extension.NativePrefillNanoseconds),
            Generation = WireNumbers.Duration(extension.NativeGenerationNanoseconds),
        };
        result.WindowTokens = WireNumbers.Count(extension.WindowTokens);
    }
}
