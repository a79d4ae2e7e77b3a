using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Machine;
using MemoryWall.Machine.Ceilings;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Sweeps.Recording;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Checks everything that can be known before the first token, starts the target, and reports all findings at once.</summary>
internal static class PreflightRunner
{
    /// <summary>Runs all checks.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="environment">Settings, clock and observer of the sweep.</param>
    /// <param name="cancellation">The user's request to stop.</param>
    public static async Task<PreflightResult> RunAsync(SweepPlan plan, SweepEnvironment environment, CancellationToken cancellation)
    {
        var settings = environment.Settings;
        var machine = MachineReader.Read();
        var findings = new List<PreflightFinding>(PlanCheck.Check(plan));
        var isPlanValid = findings.Count == 0;
        findings.AddRange(MachineCheck.CheckDisk(settings.RunsDirectory));
        // The ceilings are measured before the target starts, because each would slow down the other.
        var ceilings = settings.TelemetryInterval is null || findings.Any(finding => finding.StopsTheRun)
            ? null
            : await Task.Run(() => CeilingBenchmark.Measure(machine, cancellation), cancellation).ConfigureAwait(false);
        // A server under an impossible limit would only be killed.
        var connection = findings.Exists(finding => finding is { StopsTheRun: true, Subject: "cap" or "swap" })
            ? new TargetConnection(null, null)
            : await TargetConnector.ConnectAsync(plan, environment, cancellation).ConfigureAwait(false);
        if (connection.Finding is { } noSession)
        {
            cancellation.ThrowIfCancellationRequested();
            findings.Add(noSession);
        }
        var (ready, exporters) = (ReadyTarget.None, ExporterSources.None);
        if (connection.Session is { } session)
        {
            try
            {
                ready = await CheckTargetAsync(plan, session, findings, isPlanValid ? machine : null, cancellation).ConfigureAwait(false);
                if (isPlanValid && ready.Facts is { } target)
                    exporters = await ExporterCheck.ConnectAsync(plan, environment, GetEndpoint(session, target), findings, cancellation)
                        .ConfigureAwait(false);
                // A target reports a request that the user stopped as a problem too; here it is the end of the run, and not a finding.
                cancellation.ThrowIfCancellationRequested();
            }
            catch
            {
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        var runsColdInstead = plan.Method == SweepMethod.Auto && ready.Facts is { CanMeasureIncrementalDepth: false };
        return new PreflightResult
        {
            Findings = findings,
            Machine = machine,
            Plan = runsColdInstead ? plan with { Method = SweepMethod.Cold } : plan,
            Ceilings = ceilings,
            Session = connection.Session,
            Target = ready.Facts,
            Exporters = exporters,
            Prompts = ready.Prompts?.Factory,
            PromptAs = ready.Prompts?.Form,
            IsBlocked = ready.Facts is null || ready.Prompts is null
                || findings.Any(finding => finding.StopsTheRun && !(finding.CanBeForced && settings.Force)),
        };
    }

    private static Uri? GetEndpoint(ITargetSession session, TargetFacts target) =>
        !session.IsLocalChild && Uri.TryCreate(target.Endpoint, UriKind.Absolute, out var endpoint) ? endpoint : null;

    // Memory is checked only where the machine is given: a plan with an invalid option has no forecast.
    private static async Task<ReadyTarget> CheckTargetAsync(SweepPlan plan, ITargetSession session, List<PreflightFinding> findings,
        MachineFacts? machine, CancellationToken cancellation)
    {
        var probe = await session.Target.ProbeAsync(cancellation).ConfigureAwait(false);
        if (probe.Problem is { } problem)
            findings.Add(TargetConnector.DescribeProblem(plan, problem));
        if (probe.Facts is not { } reported || probe.Problem is not null)
            return new ReadyTarget(probe.Facts, null);
        // A server reports the shape without its tensors; the file has their sizes.
        var facts = reported with { Shape = ReadModelShape(session.ModelPath) ?? reported.Shape };
        findings.AddRange(TargetCheck.Check(plan, facts));
        if (machine is not null && session.IsLocalChild && facts.Shape is { } shape)
            findings.AddRange(MachineCheck.CheckMemory(plan, shape, machine));
        var prompts = await PromptPreparation.PrepareAsync(plan, session.Target, facts, findings, cancellation).ConfigureAwait(false);
        return new ReadyTarget(facts with { AddedTokens = prompts?.Factory.AddedTokens ?? facts.AddedTokens }, prompts);
    }

    private static ModelShape? ReadModelShape(string? modelPath)
    {
        try
        {
            return modelPath is null ? null : ModelShapeReader.Read(ModelMetadata.FromFile(modelPath));
        }
        catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            // The target serves the file; where it cannot be read here, the shape that the target reports remains.
            return null;
        }
    }

    private sealed record ReadyTarget(TargetFacts? Facts, PreparedPrompts? Prompts)
    {
        public static readonly ReadyTarget None = new(null, null);
    }
}
