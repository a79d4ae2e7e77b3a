using MemoryWall.Embedded;
using MemoryWall.Facts;
using MemoryWall.Targets;
using MemoryWall.Targets.Ollama;
using MemoryWall.Time;
using MemoryWall.Units;

namespace MemoryWall.Sweeps;

/// <summary>Makes a session of a plan's target; what is wrong with it is a finding.</summary>
internal static class TargetConnector
{
    private const string Embedded = "embedded";

    public static async Task<Connection> ConnectAsync(
        SweepPlan plan, RunClock clock, ServerLog log, ISweepObserver observer, CancellationToken cancellation)
    {
        try
        {
            if (plan.Target == Embedded || plan.Target.StartsWith(Embedded + ":", StringComparison.Ordinal))
                return new Connection(await EmbeddedAsync(plan, clock, log, observer, cancellation).ConfigureAwait(false), null);
            var address = TargetAddress.Parse(plan.Target);
            return new Connection(new ForeignSession(new OllamaTarget(address.Endpoint, address.Model, plan.Options, clock)), null);
        }
        catch (Exception error) when (error is FormatException or EmbeddedServerException or IOException or UnauthorizedAccessException)
        {
            return new Connection(null, Finding.Error("target", error.Message));
        }
    }

    private static async Task<ITargetSession> EmbeddedAsync(SweepPlan plan, RunClock clock, ServerLog log, ISweepObserver observer, CancellationToken cancellation)
    {
        var what = plan.Target.Length > Embedded.Length ? plan.Target[(Embedded.Length + 1)..] : SyntheticSpec.Nano.Name;
        var (path, name) = SyntheticSpec.IsMeant(what) ? await SyntheticAsync(what, observer, cancellation).ConfigureAwait(false) : OwnFile(what);
        observer.Preparing($"starting llama.cpp with {name}");
        var options = new EmbeddedServerOptions { ModelPath = path, ModelName = name, Log = log.Add };
        return await EmbeddedSession.StartAsync(
            options, server => new OllamaTarget(server.Endpoint, name, plan.Options, clock, server.Secret, isEmbedded: true), cancellation).ConfigureAwait(false);
    }

    private static (string Path, string Name) OwnFile(string path) => File.Exists(path)
        ? (Path.GetFullPath(path), Path.GetFileNameWithoutExtension(path))
        : throw new FormatException($"'{path}' is neither a file nor a preset (nano, small, 1b, 8b) nor a shape (layers=8,embd=512,…)");

    private static async Task<(string Path, string Name)> SyntheticAsync(string text, ISweepObserver observer, CancellationToken cancellation)
    {
        var spec = SyntheticSpec.Parse(text);
        observer.Preparing($"making the synthetic model {spec.Name} ready ({new ByteSize(spec.WeightBytes)})");
        return (await SyntheticModels.EnsureAsync(spec, cancellation: cancellation).ConfigureAwait(false), spec.Name == "custom" ? text : spec.Name);
    }
}

/// <summary>A session, or why there is none.</summary>
internal sealed record Connection(ITargetSession? Session, Finding? Finding);
