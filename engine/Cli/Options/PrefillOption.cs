using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Plans;

namespace MemoryWall.Cli.Options;

/// <summary>Reads <c>--prefill</c>, which has the same meaning in <c>sweep</c>, <c>wall</c> and <c>compare</c>: whether the context depth
/// of a trial is computed or synthetic.</summary>
internal static class PrefillOption
{
    /// <summary>The meaning of both values, for help texts.</summary>
    public const string Meaning = "computed: compute every prompt. synthetic: fill the KV cache without computing, except for one batch; "
        + "generation is real (embedded server only).";

    private const string Option = "--prefill";

    /// <summary>Whether the depth is synthetic.</summary>
    /// <param name="text">The option's value; null where it was not given.</param>
    /// <param name="defaultValue">The value that null means.</param>
    /// <exception cref="FormatException">The value is unknown.</exception>
    public static bool IsSynthetic(string? text, string defaultValue) =>
        OptionParser.Parse(Option, () => PrefillMode.IsSynthetic(text, defaultValue));

    /// <summary>The method of trials that each start at their own depth, as <c>wall</c> and <c>compare</c> run them.</summary>
    /// <param name="text">The option's value; null for the default: synthetic for the embedded server, computed for others.</param>
    /// <param name="target">The target's address.</param>
    /// <exception cref="FormatException">The value is unknown.</exception>
    public static SweepMethod ParseMethod(string? text, string target) =>
        OptionParser.Parse(Option, () => PrefillMode.ParseMethod(text, target));
}
