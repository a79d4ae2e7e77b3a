using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Plans;

namespace MemoryWall.Cli.Options;

/// <summary>Reads <c>sweep --method</c> with <c>--prefill</c>.</summary>
internal static class SweepMethodOption
{
    /// <summary>The plan's method.</summary>
    /// <param name="method">The value of <c>--method</c>; null for the default: <c>cold</c>, or <c>incremental</c> with synthetic
    /// depth.</param>
    /// <param name="prefill">The value of <c>--prefill</c>; null for <c>computed</c>.</param>
    /// <exception cref="FormatException">A value is unknown, or the two exclude each other.</exception>
    public static SweepMethod Parse(string? method, string? prefill)
    {
        var isSynthetic = PrefillOption.IsSynthetic(prefill, PrefillMode.Computed);
        var choice = method is null
            ? MethodChoice.GetDefault(isSynthetic)
            : OptionParser.Parse("--method", () => MethodChoice.Parse(method));
        return choice.ToMethod(isSynthetic) ?? throw new FormatException(
            $"--prefill: synthetic cannot be combined with --method {choice.Name}; write --method incremental");
    }
}
