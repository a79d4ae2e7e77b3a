using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;

namespace MemoryWall.Benchmarks;

/// <summary>The engine's own client of the embedded server.</summary>
internal static class EmbeddedClient
{
    public static EmbeddedTarget Create(EmbeddedServer server, string model, TargetOptions options, RunClock clock) => new(
        new TargetSetup
        {
            Endpoint = server.Endpoint,
            Model = model,
            Connection = new ConnectionOptions { ApiKey = ApiKey.FromLauncher(server.Secret) },
            Options = options,
        },
        clock);
}
