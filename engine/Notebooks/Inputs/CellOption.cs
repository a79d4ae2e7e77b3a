using MemoryWall.Core.Plan;
using MemoryWall.Machine;
using MemoryWall.Sweeps.Plans;

namespace MemoryWall.Notebooks.Inputs;

/// <summary>Reads options of a cell. Errors name the option.</summary>
internal static class CellOption
{
    /// <summary>Reads an option, and names it in the error.</summary>
    /// <exception cref="FormatException">The option cannot be read.</exception>
    public static T Parse<T>(string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException error)
        {
            throw new FormatException($"{option}: {error.Message}", error);
        }
    }

    /// <summary>A cap with its swap; null where there is none.</summary>
    /// <exception cref="FormatException">One of them cannot be read, there is more than one cap, or swap without a cap.</exception>
    public static CapPlan? ParseCap(string? cap, string swap)
    {
        if (cap is null)
            return swap == CapPlans.SwapAllowed ? null : throw new FormatException("swap: it needs a cap; for example cap: \"700MiB\"");
        var sizes = Parse("cap", () => CapPlans.ParseSizes(cap, MachineReader.Read()));
        return sizes.Count == 1
            ? new CapPlan { Bytes = sizes[0].Bytes, SwapBytes = Parse("swap", () => CapPlans.ParseSwap(swap)) }
            : throw new FormatException($"cap: '{cap}' names {sizes.Count} caps; write one, and run the cell once for each");
    }

    /// <summary>A storage tier; null where there is none.</summary>
    /// <exception cref="FormatException">The text is not a folder with an optional budget.</exception>
    public static TierPlan? ParseTier(string? tier) => tier is null ? null : Parse("tier", () => TierPlans.Parse(tier));
}
