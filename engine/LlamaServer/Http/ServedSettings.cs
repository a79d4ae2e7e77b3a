using System.Security.Cryptography;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>
/// The settings of a server for many clients: how the model is loaded is the choice of the one who started it, so a request neither
/// reloads nor unloads it. How tokens are sampled is the client's choice.
/// </summary>
/// <param name="Load">How the model is loaded; its fields on sampling are ignored.</param>
/// <param name="WindowTokens">The context window.</param>
internal sealed record ServedSettings(GenerateOptions Load, int WindowTokens)
{
    // Ollama and llama.cpp sample with this temperature where the client gives none.
    private const float DefaultTemperature = 0.8f;

    /// <summary>The options of a request with this server's own load options.</summary>
    /// <exception cref="RefusedException">The request needs a larger window.</exception>
    public GenerateOptions Apply(GenerateOptions? requested) => requested?.WindowTokens > WindowTokens
        ? throw new RefusedException(400,
            $"num_ctx: {requested.WindowTokens} is more than this server's window of {WindowTokens} tokens; start it with a larger "
            + "--context")
        : Load with
        {
            WindowTokens = WindowTokens,
            Temperature = requested?.Temperature ?? DefaultTemperature,
            Seed = requested?.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            OutputTokens = requested?.OutputTokens,
            TopK = requested?.TopK,
            TopP = requested?.TopP,
            Stop = requested?.Stop,
        };
}
