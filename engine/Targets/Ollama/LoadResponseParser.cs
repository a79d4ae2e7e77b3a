using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>The answer to an empty prompt.</summary>
internal sealed class LoadResponseParser(HttpAccess access)
{
    private readonly StreamResult _facts = new() { IncompleteMessage = "the load ended without its final frame (done: true)" };

    public int? WindowTokens { get; private set; }

    public long? KvBytes { get; private set; }

    public long? ComputeBytes { get; private set; }

    public TierUse? Tier { get; private set; }

    public bool Parse(ReadOnlyMemory<byte> line, Instant arrived) => _facts.ParseLine(line, access, 0, (_, root) =>
    {
        var ours = root.Member(EmbeddedProtocol.ObjectName);
        _facts.HasFinalFrame |= root.Member("done") is { ValueKind: System.Text.Json.JsonValueKind.True };
        WindowTokens = ours.Count("window_tokens") ?? WindowTokens;
        KvBytes = ours.Bytes("kv_bytes") ?? KvBytes;
        ComputeBytes = ours.Bytes("compute_bytes") ?? ComputeBytes;
        Tier = TierExtension.ReadReport(ours) ?? Tier;
    }) && !_facts.HasFinalFrame;

    public Outcome DetermineOutcome(Exchange exchange, PhaseWatchdog watch, Exception? thrown, CancellationToken user) =>
        _facts.Failure
            ?? (_facts.HasFinalFrame
                ? new Completed()
                : StreamEndClassifier.Classify(exchange, _facts.IncompleteMessage, watch, thrown, user));
}
