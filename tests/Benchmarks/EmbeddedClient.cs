using MemoryWall.Embedded;
using MemoryWall.Facts;
using MemoryWall.Targets;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.Ollama;
using MemoryWall.Time;

namespace MemoryWall.Benchmarks;

/// <summary>The engine's own client of the embedded server.</summary>
internal static class EmbeddedClient
{
    public static OllamaTarget Of(EmbeddedServer server, string model, TargetOptions options, RunClock clock) => new(
        new TargetSetup
        {
            Endpoint = server.Endpoint,
            Model = model,
            Connection = new ConnectionOptions { ApiKey = ApiKey.FromLauncher(server.Secret) },
            Options = options,
        },
        clock);
}
