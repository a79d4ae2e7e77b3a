using MemoryWall.Core.Plan;

namespace MemoryWall.Sweeps.Plans;

/// <summary>A method by the name that users write. <c>memwall help methods</c> prints them all.</summary>
/// <param name="Name">The name.</param>
/// <param name="Computed">The plan's method where the prompt is computed.</param>
/// <param name="Synthetic">The plan's method with synthetic depth; null where that is impossible.</param>
/// <param name="Description">What the method does.</param>
internal sealed record MethodChoice(string Name, SweepMethod Computed, SweepMethod? Synthetic, string Description)
{
    /// <summary>All methods, the default first.</summary>
    public static IReadOnlyList<MethodChoice> All { get; } =
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

    /// <summary>The method of this name.</summary>
    /// <exception cref="FormatException">The name is unknown.</exception>
    public static MethodChoice Parse(string name) => All.FirstOrDefault(choice => choice.Name == name)
        ?? throw new FormatException($"'{name}' is unknown; write {FormatNames()}");

    /// <summary>The method of a user who names none.</summary>
    /// <param name="isSynthetic">Whether the depth is synthetic.</param>
    public static MethodChoice GetDefault(bool isSynthetic) => Parse(isSynthetic ? "incremental" : "cold");

    /// <summary>The plan's method; null where the two exclude each other.</summary>
    /// <param name="isSynthetic">Whether the depth is synthetic.</param>
    public SweepMethod? ToMethod(bool isSynthetic) => isSynthetic ? Synthetic : Computed;

    private static string FormatNames() => $"{string.Join(", ", All.SkipLast(1).Select(choice => choice.Name))} or {All[^1].Name}";
}
