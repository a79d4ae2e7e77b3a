using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;

namespace MemoryWall.Sweeps.Plans;

/// <summary>Whether the context depth of a trial is computed or synthetic, with the same meaning in every command and cell.</summary>
internal static class PrefillMode
{
    /// <summary>The whole prompt is computed.</summary>
    public const string Computed = "computed";

    /// <summary>The KV cache is filled without computing, except for one batch; generation is real.</summary>
    public const string Synthetic = "synthetic";

    /// <summary>Whether the depth is synthetic.</summary>
    /// <param name="text">The mode; null where it was not given.</param>
    /// <param name="defaultValue">The mode that null means.</param>
    /// <exception cref="FormatException">The mode is unknown.</exception>
    public static bool IsSynthetic(string? text, string defaultValue) => (text ?? defaultValue) switch
    {
        Computed => false,
        Synthetic => true,
        _ => throw new FormatException($"'{text}' is unknown; write {Computed} or {Synthetic}"),
    };

    /// <summary>The method of trials that each start at their own depth, as a search for the wall and a comparison of systems run
    /// them.</summary>
    /// <param name="text">The mode; null for the default: synthetic for the embedded server, computed for others.</param>
    /// <param name="target">The target's address.</param>
    /// <exception cref="FormatException">The mode is unknown.</exception>
    public static SweepMethod ParseMethod(string? text, string target) =>
        IsSynthetic(text, IsEmbedded(target) ? Synthetic : Computed) ? SweepMethod.SyntheticDepth : SweepMethod.Cold;

    /// <summary>Whether this address names the embedded server.</summary>
    public static bool IsEmbedded(string target) =>
        target == TargetKind.Embedded || target.StartsWith(TargetKind.Embedded + ":", StringComparison.Ordinal);
}
