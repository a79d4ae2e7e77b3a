using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Prompts;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Trials;

/// <summary>What all trials of a run share.</summary>
internal sealed record TrialEnvironment
{
    /// <summary>The plan.</summary>
    public required SweepPlan Plan { get; init; }

    /// <summary>The target's session.</summary>
    public required ITargetSession Session { get; init; }

    /// <summary>Builds the prompts.</summary>
    public required PromptFactory Prompts { get; init; }

    /// <summary>How the prompts of single trials are sent.</summary>
    public required PromptForm PromptAs { get; init; }

    /// <summary>The run's clock.</summary>
    public required RunClock Clock { get; init; }

    /// <summary>Follows the trials.</summary>
    public required ISweepObserver Observer { get; init; }

    /// <summary>Reads the machine; null where telemetry is off.</summary>
    public Sampler? Sampler { get; init; }

    /// <summary>Whether the target takes token ids.</summary>
    public bool TakesTokenIds { get; init; }

    /// <summary>Collects what the target did differently from the plan.</summary>
    public RunNotes Notes { get; } = new();

    /// <summary>The probes for one request or one group of concurrent requests.</summary>
    public TrialProbes CreateProbes() => TrialProbes.Create(Session, Sampler);

    /// <summary>Loads the model within the plan's time limit.</summary>
    public async Task<LoadReport> LoadAsync(int windowTokens, CancellationToken cancellation)
    {
        var started = Clock.Now;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Plan.Limits.Load);
        var load = await Session.Target.LoadAsync(windowTokens, limited.Token).ConfigureAwait(false);
        Notes.Add(load.Notes);
        if (load.Outcome.IsCompleted)
            Observer.ModelLoaded(load);
        // The target sees only a cancelled load; whether the time limit or the user cancelled it is known here.
        var timedOut = load.Outcome is Cancelled && !cancellation.IsCancellationRequested;
        return timedOut ? load with { Started = started, Outcome = new TimedOut(Phase.Load, Plan.Limits.Load) } : load;
    }
}
