using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>What the worker gives to the HTTP side, in order.</summary>
internal abstract record ResponseFrame;

/// <summary>Progress of the prefill: how many prompt tokens are computed.</summary>
internal sealed record ProgressFrame(int Done, int Total, long ElapsedNanoseconds) : ResponseFrame;

/// <summary>A generated token. Its text may be empty (part of a character, a control token).</summary>
internal sealed record TokenFrame(string Text, long ElapsedNanoseconds) : ResponseFrame;

/// <summary>A depth of an incremental pass was probed.</summary>
internal sealed record ProbeFrame(DepthProbe Probe) : ResponseFrame;

/// <summary>The request is done. The frame has its counts, times and reason; the HTTP side adds what it knows itself.</summary>
internal sealed record FinalFrame(GenerateFrame Frame) : ResponseFrame;

/// <summary>The request failed. As the first frame it becomes an HTTP status.</summary>
internal sealed record FailureFrame(Exception Error) : ResponseFrame;
