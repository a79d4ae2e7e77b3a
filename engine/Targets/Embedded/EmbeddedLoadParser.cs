using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>Reads the answer to an empty prompt, which loads the model.</summary>
internal sealed class EmbeddedLoadParser(HttpAccess access)
{
    private readonly StreamResult _result = new() { IncompleteMessage = "the load ended without its final frame (done: true)" };

    /// <summary>What the final frame reports about the loaded model; its fields are null before.</summary>
    public FrameExtension Report { get; private set; } = new();

    /// <summary>Reads a line; returns false to stop reading.</summary>
    public bool Parse(ReadOnlyMemory<byte> line, Instant arrived)
    {
        if (FrameReader.Read(line, _result, access) is not { } frame)
            return false;
        Report = frame.Extension ?? Report;
        _result.HasFinalFrame = frame.Done is true;
        return !_result.HasFinalFrame;
    }

    public Outcome DetermineOutcome(Exchange exchange, PhaseWatchdog watch, Exception? thrown, CancellationToken user) =>
        _result.Failure
            ?? (_result.HasFinalFrame
                ? new Completed()
                : StreamEndClassifier.Classify(exchange, _result.IncompleteMessage, watch, thrown, user));
}
