using MemoryWall.Analysis.Live;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Reporting.Live;

/// <summary>
/// A run at one moment: all that the live components draw. It is made from what the engine publishes (<see cref="LiveFeed"/>), what is
/// stored so far (<see cref="RunProgress"/>) and the points that the observer collected (<see cref="LiveHistory"/>).
/// </summary>
/// <example>
/// In the process that measures, for example a notebook cell:
/// <code>
/// var run = new LiveRun(tracker);                       // tracker: a LiveTracker that is passed to Sweeper.RunAsync as observer
/// if (run.Update() is { } now)                          // null until the run has begun
///     Show(LiveSvg.Render([now], LiveLayout.Notebook)); // one SVG without script; text in the colour around it
/// </code>
/// Two systems that are measured in turn are two trackers and two snapshots, rendered by one call, so that they share their axes.
/// </example>
internal sealed record LiveSnapshot
{
    // The first reading of a phase comes after its first batch of tokens.
    private const double MinPrefillSeconds = 0.2;

    /// <summary>The run.</summary>
    public required RunManifest Manifest { get; init; }

    /// <summary>Its stored trials so far.</summary>
    public required RunProgress Progress { get; init; }

    /// <summary>Its state.</summary>
    public LiveStatus Status { get; init; }

    /// <summary>What it does; absent where no process reports it, as after its end.</summary>
    public LiveFeed? Feed { get; init; }

    /// <summary>The name that the user gave the run; absent for none.</summary>
    public string? Label => Manifest.Label;

    /// <summary>Seconds since the run began, at its end the time that it took.</summary>
    public double RunningSeconds { get; init; }

    /// <summary>The memory of its server over time.</summary>
    public IReadOnlyList<LivePoint> Timeline { get; init; } = [];

    /// <summary>Where the memory of the server is; absent where it cannot be read.</summary>
    public MemoryPlacement? Placement { get; init; }

    /// <summary>Whether <see cref="Placement"/> is the last one of a run that has ended.</summary>
    public bool IsLastPlacement { get; init; }

    /// <summary>Seconds that all systems which take turns need together; absent where one of them does not know it.</summary>
    public double? SecondsLeftOfAll { get; init; }

    /// <summary>How a stopped or dead run ended, in one sentence; absent for none.</summary>
    public string? Ending { get; init; }

    /// <summary>The machine now; absent without telemetry.</summary>
    public MachineSnapshot? Machine => Feed?.Machine;

    /// <summary>The name of the system in a comparison; null for a run alone.</summary>
    public string? System => Manifest.Plan.System;

    /// <summary>Seconds since the request was sent, while its first token is awaited; null at other times.</summary>
    public double? WaitingSeconds => Feed is { Phase: Phase.Prefill, RequestStarted: { } sent, FirstToken: null } feed
        && Status is LiveStatus.Measuring or LiveStatus.Silent
            ? feed.At.Since(sent).TotalSeconds
            : null;

    /// <summary>TTFT of the current request, or of the last completed trial between two requests; null where there is none.</summary>
    public double? TtftSeconds => Feed is { RequestStarted: { } sent, FirstToken: { } first }
        ? first.Since(sent).TotalSeconds
        : Feed?.Phase is not null ? null
        : Progress.LastCompleted?.Trial.Client.TimeToFirstToken?.TotalSeconds;

    /// <summary>The share of the prompt that is computed, 0 to 1; null where the target does not report it.</summary>
    public double? PrefillShare => Feed is { FirstToken: not null } ? 1
        : Feed is { PromptTokens: { } done, Step: { ContextTokens: > 0 } step } ? Math.Clamp((double)done / step.ContextTokens, 0, 1)
        : null;

    /// <summary>Prompt tokens per second of the current request: since its start, or where the target reports progress between its last
    /// reports. Null where unknown.</summary>
    public double? PrefillTps => Feed switch
    {
        { PrefillRate: { } rate } => rate,
        { Step: { Concurrency: 1 } step, RequestStarted: { } sent, FirstToken: { } first }
            when IsWholePrompt && first.Since(sent).TotalSeconds > 0 =>
            step.ContextTokens / first.Since(sent).TotalSeconds,
        _ => null,
    };

    /// <summary>Whether each request computes its whole prompt, so that TTFT and the prefill rate are about all its tokens.</summary>
    public bool IsWholePrompt => Manifest.Plan is { Method: SweepMethod.Cold, WarmPrefix: false };

    /// <summary>MFU of the prefill under way; null where unknown or above 1, where the measured ceiling does not hold.</summary>
    public double? Mfu => Feed is { Phase: Phase.Prefill, PromptTokens: { } done, RequestStarted: { } sent, Machine: not null } feed
        && IsWholePrompt && feed.At.Since(sent) is { TotalSeconds: > MinPrefillSeconds } passed
        && Utilization.Mfu(Manifest.Target.Shape, done, passed, Manifest.Ceilings) is <= 1 and var mfu
            ? mfu
            : null;

    /// <summary>The snapshot of a run that has ended: its memory is that of the last moment at which the server had any.</summary>
    /// <param name="replay">The stored run.</param>
    public LiveSnapshot AtItsEnd(Replay replay) => replay.AtLastMemory() is { } last
        && MemoryPlacement.Compute(Manifest, last.Allocated, last.Machine) is { } placement
            ? this with { Placement = placement, IsLastPlacement = true }
            : this;

    /// <summary>A snapshot from a feed.</summary>
    /// <param name="manifest">The run.</param>
    /// <param name="progress">Its stored trials so far.</param>
    /// <param name="feed">What it does.</param>
    /// <param name="timeline">The points that the observer collected.</param>
    public static LiveSnapshot Create(RunManifest manifest, RunProgress progress, LiveFeed feed, IReadOnlyList<LivePoint> timeline) => new()
    {
        Manifest = manifest,
        Progress = progress,
        Feed = feed,
        Timeline = timeline,
        RunningSeconds = feed.At.Seconds,
        Placement = MemoryPlacement.Compute(manifest, feed.Allocated, feed.Machine),
        Status = feed.Activity switch
        {
            LiveActivity.Starting => LiveStatus.Starting,
            LiveActivity.Waiting => LiveStatus.Waiting,
            _ => LiveStatus.Measuring,
        },
    };
}
