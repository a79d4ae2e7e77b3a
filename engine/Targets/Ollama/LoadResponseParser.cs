using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>Reads the answer to an empty prompt, which loads the model.</summary>
internal sealed class LoadResponseParser(HttpAccess access)
{
    private readonly StreamResult _result = new() { IncompleteMessage = "the load ended without its final frame (done: true)" };

    /// <summary>Reads a line; returns false to stop reading.</summary>
    public bool Parse(ReadOnlyMemory<byte> line, Instant arrived) =>
        _result.ParseLine(line, access, _result, static (result, root) => result.HasFinalFrame |= JsonFields.IsTrue(root, "done"))
        && !_result.HasFinalFrame;

    public Outcome DetermineOutcome(Exchange exchange, PhaseWatchdog watch, Exception? thrown, CancellationToken user) =>
        _result.Failure
            ?? (_result.HasFinalFrame
                ? new Completed()
                : StreamEndClassifier.Classify(exchange, _result.IncompleteMessage, watch, thrown, user));
}
