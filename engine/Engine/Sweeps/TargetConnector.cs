using MemoryWall.Embedded;
using MemoryWall.Embedded.Synthetic;
using MemoryWall.Facts;
using MemoryWall.Targets;
using MemoryWall.Targets.Ollama;
using MemoryWall.Time;

namespace MemoryWall.Sweeps;

/// <summary>Makes a session of a plan's target; what is wrong with it is a finding.</summary>
internal static class TargetConnector
{
    private const string Embedded = "embedded";
    private const string GgufSuffix = ".gguf";

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
        catch (Exception error) when (error is FormatException or EmbeddedServerException)
        {
            return new Connection(null, Finding.Error("target", error.Message));
        }
    }

    private static async Task<ITargetSession> EmbeddedAsync(SweepPlan plan, RunClock clock, ServerLog log, ISweepObserver observer, CancellationToken cancellation)
    {
        var what = plan.Target.Length > Embedded.Length ? plan.Target[(Embedded.Length + 1)..] : SyntheticPresets.Default;
        var (path, name) = what.EndsWith(GgufSuffix, StringComparison.OrdinalIgnoreCase) ? OwnFile(what) : Synthetic(what, observer);
        observer.Preparing($"starting llama.cpp with {name}");
        var options = new EmbeddedServerOptions { ModelPath = path, ModelName = name, Log = log.Add };
        return await EmbeddedSession.StartAsync(
            options, server => new OllamaTarget(server.Endpoint, name, plan.Options, clock, server.Secret, isEmbedded: true), cancellation).ConfigureAwait(false);
    }

    private static (string Path, string Name) OwnFile(string path) => File.Exists(path)
        ? (Path.GetFullPath(path), Path.GetFileNameWithoutExtension(path))
        : throw new FormatException($"there is no file '{path}'");

    private static (string Path, string Name) Synthetic(string text, ISweepObserver observer)
    {
        var shape = SyntheticShapeText.Parse(text);
        var path = SyntheticModels.Ensure(shape, size => observer.Preparing($"writing the synthetic model {shape.Name} ({size}), once"));
        return (path, shape.Name == "custom" ? text : shape.Name);
    }
}

/// <summary>A session, or why there is none.</summary>
internal sealed record Connection(ITargetSession? Session, Finding? Finding);
