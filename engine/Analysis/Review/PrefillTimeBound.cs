using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>The shortest time in which this machine's processors can compute a prompt.</summary>
internal static class PrefillTimeBound
{
    // The units that multiply whole matrices: x86 and Arm.
    private static readonly string[] s_matrixUnits = ["amx_tile", "amx_int8", "amx_bf16", "sme"];

    // Vectors that may be wider than those of the loop that measures the ceiling.
    private static readonly string[] s_wideVectors = ["sve", "sve2"];

    /// <summary>
    /// The bound; null where the model or the ceiling is unknown, or where other hardware may have done the work: the bound applies only to
    /// a target that reports no bytes on an accelerator.
    /// </summary>
    public static TimeSpan? Compute(Trial trial, RunManifest manifest, TrialRules rules)
    {
        if (trial is not { AcceleratorBytes: 0, CountedPromptTokens: > 0 and var tokens }
            || manifest.Ceilings is not { F32FlopsPerSecond: > 0 and var flops } ceilings)
            return null;
        if (!Uri.TryCreate(manifest.Target.Endpoint, UriKind.Absolute, out var endpoint) || !endpoint.IsLoopback
            || manifest.Target.Shape is not { } shape)
            return null;
        return Utilization.PrefillFlops(shape, tokens) is { } work
            ? TimeSpan.FromSeconds(work / flops / MaxMultiple(manifest.Machine, ceilings, rules))
            : null;
    }

    /// <summary>How many times as many operations as the measured ceiling the processors can do at the most.</summary>
    internal static double MaxMultiple(MachineFacts machine, MachineCeilings ceilings, TrialRules rules)
    {
        if (machine.InstructionSets is not { } sets)
            return rules.MaxCeilingMultiple;
        // Dot products of eight-bit numbers do four times as many operations as f32, pairwise additions twice as many.
        var small = sets switch
        {
            _ when sets.Contains("i8mm") => 8,
            _ when sets.Any(set => set is "avx_vnni" or "avx512_vnni" or "asimddp") => 4,
            _ when sets.Any(set => set is "avx2" or "asimd" or "neon") => 2,
            _ => 1,
        };
        // The runtime may use vectors of 256 bits where the processor has 512.
        var width = sets.Contains("avx512f") ? 2 : 1;
        // A quota can limit this process and not the server.
        var cores = ceilings.Threads > 0 ? Math.Max(1, (double)(machine.PhysicalCores ?? machine.LogicalCores ?? 1) / ceilings.Threads) : 1;
        var multiple = sets.Any(s_matrixUnits.Contains) || sets.Any(s_wideVectors.Contains)
            ? rules.MaxCeilingMultiple
            : Math.Min(rules.MaxCeilingMultiple, rules.CeilingMargin * small * width);
        return multiple * cores;
    }
}
