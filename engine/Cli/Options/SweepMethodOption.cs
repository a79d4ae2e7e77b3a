using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Plans;

namespace MemoryWall.Cli.Options;

/// <summary>A value of <c>sweep --method</c>. <c>memwall help methods</c> prints them all.</summary>
/// <param name="Name">The value.</param>
/// <param name="Computed">The plan's method with <c>--prefill computed</c>.</param>
/// <param name="Synthetic">The plan's method with <c>--prefill synthetic</c>; null where that is impossible.</param>
/// <param name="Description">What the method does.</param>
internal sealed record SweepMethodOption(string Name, SweepMethod Computed, SweepMethod? Synthetic, string Description)
{
    /// <summary>All values, the default first.</summary>
    public static IReadOnlyList<SweepMethodOption> All { get; } =
    [
        new("cold", SweepMethod.Cold, null,
            "Each context loads the model with its own window and computes its whole prompt. The other methods are compared with it."),
        new("incremental", SweepMethod.IncrementalDepth, SweepMethod.SyntheticDepth,
            "One prompt grows through all contexts; generation is measured at each. A server's prompt cache is used on purpose, and its "
            + "token counts must prove each step. With --prefill synthetic the depth is not computed: a curve in seconds, always "
            + "labelled, with one computed point to compare."),
        new("resume", SweepMethod.Resume, null,
            "Each context is computed once, its KV cache is saved, and then loaded from storage (the storage tier, or a llama-server "
            + "started with --slot-save-path)."),
        new("auto", SweepMethod.Auto, null,
            "incremental where the target supports it, with cold trials to compare; otherwise cold."),
    ];

    /// <summary>The plan's method.</summary>
    /// <param name="method">The value of <c>--method</c>; null for the default: <c>cold</c>, or <c>incremental</c> with synthetic
    /// depth.</param>
    /// <param name="prefill">The value of <c>--prefill</c>; null for <c>computed</c>.</param>
    /// <exception cref="FormatException">A value is unknown, or the two exclude each other.</exception>
    public static SweepMethod Parse(string? method, string? prefill)
    {
        var isSynthetic = PrefillOption.IsSynthetic(prefill, PrefillMode.Computed);
        var name = method ?? (isSynthetic ? "incremental" : "cold");
        var option = All.FirstOrDefault(option => option.Name == name)
            ?? throw new FormatException($"--method: '{method}' is unknown; write {FormatNames()}");
        if (!isSynthetic)
            return option.Computed;
        return option.Synthetic
            ?? throw new FormatException($"--prefill: synthetic cannot be combined with --method {name}; write --method incremental");
    }

    private static string FormatNames() => $"{string.Join(", ", All.SkipLast(1).Select(option => option.Name))} or {All[^1].Name}";
}
