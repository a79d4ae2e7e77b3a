using MemoryWall.Analysis.Live;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Live;

/// <summary>What a running sweep does at one moment, for a live view. What it has stored is in the run's other files.</summary>
internal sealed record LiveFeed
{
    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>The process that measures.</summary>
    public WriterIdentity? Writer { get; init; }

    /// <summary>The sweeps that take turns share this id; absent for a sweep alone.</summary>
    public string? Group { get; init; }

    /// <summary>Now, on the run's clock.</summary>
    public required Instant At { get; init; }

    /// <summary>Rises by 1 with every update, so that a reader sees whether the writer still works.</summary>
    public long Beat { get; init; }

    /// <summary>What the sweep does.</summary>
    public LiveActivity Activity { get; init; }

    /// <summary>The number of the current step since the start or the resume, from 1; 0 before the first.</summary>
    public int StepNumber { get; init; }

    /// <summary>Steps planned so far; a search adds steps as it goes.</summary>
    public int StepCount { get; init; }

    /// <summary>The current step, or while another sweep has its turn the last one; absent before the first.</summary>
    public LiveStep? Step { get; init; }

    /// <summary>The phase of the current step; absent before the first step and while the sweep waits.</summary>
    public Phase? Phase { get; init; }

    /// <summary>When the current phase began.</summary>
    public Instant? PhaseStarted { get; init; }

    /// <summary>When the requests of the step were sent, within a millisecond; absent before that.</summary>
    public Instant? RequestStarted { get; init; }

    /// <summary>When the first token of the step arrived; absent before that.</summary>
    public Instant? FirstToken { get; init; }

    /// <summary>Prompt tokens computed; absent where the target does not report it, and for concurrent streams.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>Tokens generated so far, of all streams of the step. A chunk without a count of its own counts as one.</summary>
    public int OutputTokens { get; init; }

    /// <summary>Prompt tokens per second between the last two progress reports, or from the request to the first one where the whole
    /// prompt is computed; absent where there is none.</summary>
    public double? PrefillRate { get; init; }

    /// <summary>Tokens per second since the first token; absent in the first moments.</summary>
    public double? GenerationRate { get; init; }

    /// <summary>Estimated seconds until the planned steps are done; absent before the first step is done and in a search.</summary>
    public double? SecondsLeft { get; init; }

    /// <summary>What the target allocated for the current step; absent before the model is loaded.</summary>
    public AllocatedMemory? Allocated { get; init; }

    /// <summary>The machine; absent without telemetry.</summary>
    public MachineSnapshot? Machine { get; init; }

    /// <summary>The last event that a user should see; absent for none.</summary>
    public string? LastEvent { get; init; }
}

/// <summary>What a sweep does at one moment.</summary>
internal enum LiveActivity
{
    /// <summary>The run has begun, and no step has.</summary>
    Starting,

    /// <summary>A step is measured.</summary>
    Measuring,

    /// <summary>Another sweep of the comparison has its turn.</summary>
    Waiting,

    /// <summary>Between two steps.</summary>
    Idle,
}

/// <summary>A step as a live view shows it.</summary>
/// <param name="ContextTokens">The context that is measured now.</param>
/// <param name="Repetition">The repetition, from 1; 0 for a warm-up.</param>
/// <param name="Concurrency">Concurrent streams.</param>
/// <param name="OutputTokensAsked">Tokens that each stream is to generate.</param>
internal sealed record LiveStep(int ContextTokens, int Repetition, int Concurrency, int OutputTokensAsked);
