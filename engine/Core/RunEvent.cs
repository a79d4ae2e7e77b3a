using System.Text.Json.Serialization;
using MemoryWall.Core.Time;

namespace MemoryWall.Core;

/// <summary>An event of a run.</summary>
/// <param name="At">Time on the run's clock. Across a <c>resumed</c> event it is as accurate as the system's wall clock.</param>
/// <param name="Kind">Its kind in lower case: <c>started</c>, <c>resumed</c>, <c>trial_started</c>, <c>target_restarted</c>, <c>ended</c>,
/// <c>note</c>, …</param>
/// <param name="Message">The event in one sentence.</param>
/// <param name="Trial">The number of the trial that it belongs to; absent for none.</param>
internal sealed record RunEvent([property: JsonPropertyName("at_seconds")] Instant At, string Kind, string Message, int? Trial = null);
