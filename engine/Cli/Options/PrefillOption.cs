using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;

namespace MemoryWall.Cli.Options;

/// <summary>Reads <c>--prefill</c>, which has the same meaning in <c>sweep</c>, <c>wall</c> and <c>compare</c>: whether the context depth
/// of a trial is computed or synthetic.</summary>
internal static class PrefillOption
{
    /// <summary>The whole prompt is computed.</summary>
    public const string Computed = "computed";

    /// <summary>The KV cache is filled without computing, except for one batch; generation is real.</summary>
    public const string Synthetic = "synthetic";

    /// <summary>The meaning of both values, for help texts.</summary>
    public const string Meaning = "computed: compute every prompt. synthetic: fill the KV cache without computing, except for one batch; "
        + "generation is real (embedded server only).";

    /// <summary>Whether the depth is synthetic.</summary>
    /// <param name="text">The option's value; null where it was not given.</param>
    /// <param name="defaultValue">The value that null means.</param>
    /// <exception cref="FormatException">The value is unknown.</exception>
    public static bool IsSynthetic(string? text, string defaultValue) => (text ?? defaultValue) switch
    {
        Computed => false,
        Synthetic => true,
        _ => throw new FormatException($"--prefill: '{text}' is unknown; write {Computed} or {Synthetic}"),
    };

    /// <summary>The method of trials that each start at their own depth, as <c>wall</c> and <c>compare</c> run them.</summary>
    /// <param name="text">The option's value; null for the default: synthetic for the embedded server, computed for others.</param>
    /// <param name="target">The target's address.</param>
    /// <exception cref="FormatException">The value is unknown.</exception>
    public static SweepMethod ParseMethod(string? text, string target) =>
        IsSynthetic(text, IsEmbedded(target) ? Synthetic : Computed) ? SweepMethod.SyntheticDepth : SweepMethod.Cold;

    /// <summary>Whether this address names the embedded server.</summary>
    public static bool IsEmbedded(string target) =>
        target == TargetKind.Embedded || target.StartsWith(TargetKind.Embedded + ":", StringComparison.Ordinal);
}
