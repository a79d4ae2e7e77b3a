using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Opens a session of a plan's target; a target that cannot be started or reached is a finding.</summary>
internal static class TargetConnector
{
    private const string Embedded = TargetKind.Embedded;

    /// <summary>Starts the embedded server, or connects to an external one.</summary>
    public static async Task<TargetConnection> ConnectAsync(SweepPlan plan, SweepEnvironment environment, CancellationToken cancellation)
    {
        try
        {
            if (IsEmbedded(plan))
                return new TargetConnection(await StartEmbeddedAsync(plan, environment, cancellation).ConfigureAwait(false), null);
            return await ConnectExternalAsync(plan, environment, cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
            when (error is FormatException or EmbeddedServerException or CapException or IOException or UnauthorizedAccessException)
        {
            return new TargetConnection(null, PreflightFinding.Error("target", error.Message));
        }
    }

    /// <summary>The finding for a target that does not answer as it should.</summary>
    public static PreflightFinding DescribeProblem(SweepPlan plan, Outcome problem)
    {
        var server = plan.Target.StartsWith("ollama", StringComparison.OrdinalIgnoreCase) ? "Ollama" : "the server";
        return PreflightFinding.Error("target", problem is TargetDied
            ? $"{char.ToUpperInvariant(problem.Detail[0])}{problem.Detail[1..].TrimEnd('.')}. Is {server} running?"
            : $"{problem.Kind.Replace('_', ' ')}: {problem.Detail}");
    }

    /// <summary>What is wrong with the text of a plan's target, as far as it is known without starting or asking a server; null for
    /// nothing.</summary>
    public static PreflightFinding? CheckText(SweepPlan plan, ConnectionOptions connection)
    {
        try
        {
            if (IsEmbedded(plan))
            {
                EmbeddedModel.CheckText(EmbeddedModel.TextOf(plan.Target));
                return null;
            }
            _ = ParseAddress(plan, connection);
            return CheckExternalCap(plan);
        }
        catch (FormatException error)
        {
            return PreflightFinding.Error("target", error.Message);
        }
    }

    private static async Task<ITargetSession> StartEmbeddedAsync(SweepPlan plan, SweepEnvironment environment,
        CancellationToken cancellation)
    {
        var (path, name) = await EmbeddedModel.ResolveAsync(EmbeddedModel.TextOf(plan.Target), environment.Observer.Preparing, cancellation)
            .ConfigureAwait(false);
        environment.Observer.Preparing($"starting llama.cpp with {name}");
        var options = new EmbeddedServerOptions { ModelPath = path, ModelName = name, OnLogLine = environment.OnServerLogLine };
        ITarget Connect(EmbeddedServer server) => new EmbeddedTarget(
            new TargetSetup
            {
                Endpoint = server.Endpoint,
                Model = name,
                Connection = new ConnectionOptions { ApiKey = ApiKey.FromLauncher(server.Secret) },
                Options = plan.Options,
                Limits = plan.Limits,
            },
            environment.Clock);
        return await EmbeddedSession.StartAsync(options, plan.Cap, Connect, cancellation).ConfigureAwait(false);
    }

    private static async Task<TargetConnection> ConnectExternalAsync(SweepPlan plan, SweepEnvironment environment,
        CancellationToken cancellation)
    {
        var settings = environment.Settings;
        if (CheckExternalCap(plan) is { } refused)
            return new TargetConnection(null, refused);
        var address = ParseAddress(plan, settings.Connection);
        var setup = new TargetSetup
        {
            Endpoint = address.Endpoint,
            Model = address.Model,
            Connection = settings.Connection,
            Options = plan.Options,
            Limits = plan.Limits,
            GgufPath = settings.GgufPath,
            Waiting = environment.Observer.Preparing,
        };
        var (target, problem) = await TargetDetector.OpenAsync(address.Protocol, setup, environment.Clock, cancellation)
            .ConfigureAwait(false);
        return target is not null
            ? new TargetConnection(new ExternalSession(target, address.Endpoint, settings, environment.Clock), null)
            : new TargetConnection(null, DescribeProblem(plan, problem!));
    }

    private static bool IsEmbedded(SweepPlan plan) =>
        plan.Target == Embedded || plan.Target.StartsWith(Embedded + ":", StringComparison.Ordinal);

    private static PreflightFinding? CheckExternalCap(SweepPlan plan) => plan.Cap is null ? null : PreflightFinding.Error("cap",
        "only the embedded server can be capped; leave the cap out here and limit an external server where it is started "
        + "(systemd-run -p MemoryMax=…, docker run --memory …)");

    private static TargetAddress ParseAddress(SweepPlan plan, ConnectionOptions connection)
    {
        if (!TargetAddress.HasScheme(plan.Target))
            throw new FormatException(
                $"'{plan.Target}' is not a target; use embedded, embedded:PRESET, embedded:FILE.gguf, or an address such as "
                + "http://HOST:PORT or ollama://HOST:PORT/MODEL");
        return TargetAddress.TryParse(plan.Target, connection, out var address, out var wrong) ? address : throw new FormatException(wrong);
    }
}

/// <summary>A session, or the finding that there is none.</summary>
internal sealed record TargetConnection(ITargetSession? Session, PreflightFinding? Finding);
