namespace MemoryWall.Models.Forecast;

/// <summary>What a running server told about itself, as far as it decides about memory. What it did not tell is absent.</summary>
public sealed record ServerWords
{
    /// <summary>The server: <c>llama-server</c>, <c>ollama</c>, ….</summary>
    public required string Kind { get; init; }

    /// <summary>Slots.</summary>
    public int? Slots { get; init; }

    /// <summary>The context window of one slot, in tokens. llama-server allocates it at its start, whatever a prompt's length.</summary>
    public int? WindowTokens { get; init; }

    /// <summary>The build number of llama.cpp.</summary>
    public int? Build { get; init; }

    /// <summary>Bytes of the loaded model with its cache and buffers (Ollama's <c>/api/ps</c>).</summary>
    public long? LoadedBytes { get; init; }

    /// <summary>The part of <see cref="LoadedBytes"/> in accelerator memory.</summary>
    public long? AcceleratorBytes { get; init; }
}
