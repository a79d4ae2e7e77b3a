using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>The shortest time in which this machine's processors can compute a prompt.</summary>
internal static class PrefillTimeBound
{
    /// <summary>
    /// The bound; null where the model or the ceiling is unknown, or where other hardware may have done the work: the bound applies only to
    /// a target that reports no bytes on an accelerator.
    /// </summary>
    public static TimeSpan? Compute(Trial trial, RunManifest manifest, TrialRules rules)
    {
        if (trial is not { AcceleratorBytes: 0, CountedPromptTokens: > 0 and var tokens }
            || manifest.Ceilings?.F32FlopsPerSecond is not (> 0 and var flops))
            return null;
        if (!Uri.TryCreate(manifest.Target.Endpoint, UriKind.Absolute, out var endpoint) || !endpoint.IsLoopback
            || manifest.Target.Shape is not { } shape)
            return null;
        return Utilization.PrefillFlops(shape, tokens) is { } work ? TimeSpan.FromSeconds(work / flops / rules.MaxCeilingMultiple) : null;
    }
}
