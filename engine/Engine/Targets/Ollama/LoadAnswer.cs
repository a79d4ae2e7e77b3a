using MemoryWall.Facts;
using MemoryWall.Targets.Http;
using MemoryWall.Time;

namespace MemoryWall.Targets.Ollama;

/// <summary>The answer to an empty prompt.</summary>
internal sealed class LoadAnswer(HttpAccess access)
{
    private readonly StreamFacts _facts = new() { Missing = "the load ended without its final frame (done: true)" };

    public int? WindowTokens { get; private set; }

    public long? KvBytes { get; private set; }

    public long? ComputeBytes { get; private set; }

    public TierUse? Tier { get; private set; }

    public bool Take(ReadOnlyMemory<byte> line, Instant arrived) => _facts.Read(line, access, 0, (_, root) =>
    {
        var ours = root.Member(EmbeddedProtocol.ObjectName);
        _facts.Final |= root.Member("done") is { ValueKind: System.Text.Json.JsonValueKind.True };
        WindowTokens = ours.Count("window_tokens") ?? WindowTokens;
        KvBytes = ours.Bytes("kv_bytes") ?? KvBytes;
        ComputeBytes = ours.Bytes("compute_bytes") ?? ComputeBytes;
        Tier = TierFields.Read(ours) ?? Tier;
    }) && !_facts.Final;

    public Outcome Judge(Exchange exchange, PhaseWatch watch, Exception? thrown, CancellationToken user) =>
        _facts.Failure ?? (_facts.Final ? new Completed() : StreamEnds.Judge(exchange, _facts.Missing, watch, thrown, user));
}
