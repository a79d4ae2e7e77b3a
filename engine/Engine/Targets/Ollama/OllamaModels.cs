using MemoryWall.Targets.Http;
using OllamaSharp;

namespace MemoryWall.Targets.Ollama;

/// <summary>What an Ollama server has.</summary>
public static class OllamaModels
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>The names of its models.</summary>
    /// <param name="endpoint">Where it answers.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="HttpRequestException">It does not answer, or refuses.</exception>
    public static async Task<IReadOnlyList<string>> ListAsync(Uri endpoint, CancellationToken cancellation)
    {
        using var http = new HttpClient(Connections.Create()) { BaseAddress = endpoint, Timeout = s_limit, MaxResponseContentBufferSize = 16 << 20 };
        using var client = new OllamaApiClient(http);
        var models = await client.ListLocalModelsAsync(cancellation).ConfigureAwait(false);
        return [.. models.Select(model => model.Name)];
    }
}
