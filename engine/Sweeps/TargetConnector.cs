using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.Ollama;

namespace MemoryWall.Sweeps;

/// <summary>Makes a session of a plan's target; what is wrong with it is a finding.</summary>
internal static class TargetConnector
{
    private const string Embedded = "embedded";

    public static async Task<TargetConnection> ConnectAsync(
        SweepPlan plan, SweepSettings settings, RunClock clock, ServerLogBuffer log, ISweepObserver observer,
        CancellationToken cancellation)
    {
        try
        {
            if (plan.Target == Embedded || plan.Target.StartsWith(Embedded + ":", StringComparison.Ordinal))
                return new TargetConnection(await StartEmbeddedAsync(plan, clock, log, observer, cancellation).ConfigureAwait(false), null);
            return await ConnectExternalAsync(plan, settings, clock, cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
            when (error is FormatException or EmbeddedServerException or CapException or IOException or UnauthorizedAccessException)
        {
            return new TargetConnection(null, PreflightFinding.Error("target", error.Message));
        }
    }

    private static async Task<ITargetSession> StartEmbeddedAsync(SweepPlan plan, RunClock clock, ServerLogBuffer log,
        ISweepObserver observer, CancellationToken cancellation)
    {
        var what = plan.Target.Length > Embedded.Length ? plan.Target[(Embedded.Length + 1)..] : SyntheticSpec.Nano.Name;
        var (path, name) = SyntheticSpec.IsSpecText(what)
            ? await EnsureSyntheticModelAsync(what, observer, cancellation).ConfigureAwait(false)
            : ResolveModelFile(what);
        observer.Preparing($"starting llama.cpp with {name}");
        var options = new EmbeddedServerOptions { ModelPath = path, ModelName = name, OnLogLine = log.Add };
        ITarget Connect(EmbeddedServer server) => new OllamaTarget(
            new TargetSetup
            {
                Endpoint = server.Endpoint,
                Model = name,
                Connection = new ConnectionOptions { ApiKey = ApiKey.FromLauncher(server.Secret) },
                Options = plan.Options,
                Limits = plan.Limits,
            },
            clock);
        return await EmbeddedSession.StartAsync(options, plan.Cap, Connect, cancellation).ConfigureAwait(false);
    }

    private static async Task<TargetConnection> ConnectExternalAsync(SweepPlan plan, SweepSettings settings, RunClock clock,
        CancellationToken cancellation)
    {
        if (plan.Cap is not null)
            return new TargetConnection(null,
                PreflightFinding.Error("cap",
                    "only the embedded server is started by us; limit another one where it is started (systemd-run -p MemoryMax=…, docker run --memory …) and leave the cap out here"));
        if (!TargetAddress.HasScheme(plan.Target))
            throw new FormatException(
                $"'{plan.Target}' is no target; write embedded, embedded:PRESET, embedded:FILE.gguf, or an address such as ollama://HOST:PORT/MODEL");
        if (!TargetAddress.TryParse(plan.Target, settings.Connection, out var address, out var wrong))
            throw new FormatException(wrong);
        var setup = new TargetSetup
        {
            Endpoint = address.Endpoint,
            Model = address.Model,
            Connection = settings.Connection,
            Options = plan.Options,
            Limits = plan.Limits,
            GgufPath = settings.GgufPath,
        };
        var (target, problem) = await TargetDetector.OpenAsync(address.Protocol, setup, clock, cancellation).ConfigureAwait(false);
        return target is not null
            ? new TargetConnection(new ExternalSession(target, address.Endpoint, settings, clock), null)
            : new TargetConnection(null, PreflightFinding.Error("target", $"{problem!.Kind.Replace('_', ' ')}: {problem.Detail}"));
    }

    private static (string Path, string Name) ResolveModelFile(string path) => File.Exists(path)
        ? (Path.GetFullPath(path), Path.GetFileNameWithoutExtension(path))
        : throw new FormatException($"'{path}' is neither a file nor a preset (nano, small, 1b, 8b) nor a shape (layers=8,embd=512,…)");

    private static async Task<(string Path, string Name)> EnsureSyntheticModelAsync(string text, ISweepObserver observer,
        CancellationToken cancellation)
    {
        var spec = SyntheticSpec.Parse(text);
        observer.Preparing($"making the synthetic model {spec.Name} ready ({new ByteSize(spec.WeightBytes)})");
        return (await SyntheticModelCache.EnsureAsync(spec, cancellation: cancellation).ConfigureAwait(false),
            spec.Name == "custom" ? text : spec.Name);
    }
}

/// <summary>A session, or why there is none.</summary>
internal sealed record TargetConnection(ITargetSession? Session, PreflightFinding? Finding);
