using System.Text.Json.Serialization;
using MemoryWall.Core.Time;

namespace MemoryWall.Core;

/// <summary>Something that happened during a run beside its trials.</summary>
/// <param name="At">When, on the run's clock; across a <c>resumed</c> as good as the system's wall clock.</param>
/// <param name="Kind">What, in lower case: <c>started</c>, <c>resumed</c>, <c>trial_started</c>, <c>target_restarted</c>, <c>ended</c>,
/// <c>note</c>, …</param>
/// <param name="Message">For people.</param>
/// <param name="Trial">The trial it belongs to; absent where it belongs to none.</param>
public sealed record RunEvent([property: JsonPropertyName("at_seconds")] Instant At, string Kind, string Message, int? Trial = null);
