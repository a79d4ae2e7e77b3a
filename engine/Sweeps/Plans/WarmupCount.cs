using System.Globalization;

namespace MemoryWall.Sweeps.Plans;

/// <summary>The warm-ups of a plan.</summary>
/// <param name="Count">Their number; 0 where it depends on what is measured.</param>
/// <param name="UntilSettled">Whether they are repeated until they get no faster.</param>
internal sealed record WarmupCount(int Count, bool UntilSettled)
{
    /// <summary>Reads a number or <c>auto</c>.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static WarmupCount Parse(string text) => text == "auto" ? new WarmupCount(0, UntilSettled: true)
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
            ? new WarmupCount(count, UntilSettled: false)
            : throw new FormatException($"'{text}' is neither a whole number nor auto; for example 1");
}
