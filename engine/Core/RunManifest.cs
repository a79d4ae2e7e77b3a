using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;

namespace MemoryWall.Core;

/// <summary>What a run measures, on which machine and against which target. It is written before the first trial and never
/// edited.</summary>
public sealed record RunManifest
{
    /// <summary>The schema version that this engine writes.</summary>
    public const int CurrentSchema = 2;

    /// <summary>The schema version of the run's files. Readers accept older versions.</summary>
    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The run's id: its UTC time and a random part, for example <c>20260131-142530-7f3a91c2</c>.</summary>
    public required string RunId { get; init; }

    /// <summary>Wall time (UTC) at the origin of the run's clock.</summary>
    public required DateTimeOffset StartedUtc { get; init; }

    /// <summary>The plan.</summary>
    public required SweepPlan Plan { get; init; }

    /// <summary>The machine that it ran on.</summary>
    public required MachineFacts Machine { get; init; }

    /// <summary>The target that it measured.</summary>
    public required TargetFacts Target { get; init; }

    /// <summary>The engine's version and, where known, its commit.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>How the prompts of single trials are sent: what <see cref="SweepPlan.PromptAs"/> says, or the default that applied. Absent
    /// in files of versions that did not store it.</summary>
    public PromptForm? PromptAs { get; init; }

    /// <summary>The SHA-256 of the plan's document when the run began, in lower-case hexadecimal digits. Absent where the prompts need no
    /// document, where it was a pipe, and in files of versions that did not store it.</summary>
    public string? DocumentSha256 { get; init; }

    /// <summary>Versions of packages and libraries, by name.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>Preflight findings that did not stop the run.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The columns of the run's telemetry, and the sources that were unavailable with the reason; absent where no telemetry was
    /// recorded.</summary>
    public TelemetrySchema? Telemetry { get; init; }

    /// <summary>Peak memory bandwidth and arithmetic rate of the machine's processors, measured before the first trial; absent where not
    /// measured.</summary>
    public MachineCeilings? Ceilings { get; init; }

    /// <summary>The run's name in the user's words, for example <c>before the upgrade</c>; absent where none was given.</summary>
    public string? Label { get; init; }

    /// <summary>The user's note about the run; absent where none was given.</summary>
    public string? Note { get; init; }

    /// <summary>The comparison of systems that the run belongs to; absent for a run of its own.</summary>
    public ComparisonPlan? Comparison { get; init; }

    /// <summary>A point on the run's clock, in ticks of the wall clock; null where it is unknown. A file may contain any number, so 64 bits
    /// may not be enough.</summary>
    internal Int128? WallTicksOf(Instant? at) =>
        at is { } known ? (Int128)StartedUtc.UtcTicks + known.Nanoseconds / TimeSpan.NanosecondsPerTick : null;
}
