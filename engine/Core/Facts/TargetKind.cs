namespace MemoryWall.Core.Facts;

/// <summary>The stored names of the protocols (<see cref="TargetFacts.Kind"/>); the first is also the address of the embedded
/// server.</summary>
internal static class TargetKind
{
    public const string Embedded = "embedded";

    public const string Ollama = "ollama";

    public const string LlamaServer = "llama-server";

    public const string OpenAi = "openai";
}
