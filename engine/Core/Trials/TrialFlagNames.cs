using MemoryWall.Core.Primitives;

namespace MemoryWall.Core.Trials;

/// <summary>The names of flags in files (lower case, words joined by underscores) and their labels in sentences and tables.</summary>
internal static class TrialFlagNames
{
    private static readonly (TrialFlags Flag, string Name)[] s_all =
        [.. Enum.GetValues<TrialFlags>().Where(flag => flag != TrialFlags.None)
            .Select(flag => (flag, EnumNames.Name(flag)))];

    /// <summary>The names of the set flags in the order of their declaration.</summary>
    public static IReadOnlyList<string> Names(this TrialFlags flags) =>
        [.. s_all.Where(known => flags.HasFlag(known.Flag)).Select(known => known.Name)];

    /// <summary>The set flags, each alone, in the order of their declaration.</summary>
    public static IEnumerable<TrialFlags> Each(this TrialFlags flags) =>
        s_all.Select(known => known.Flag).Where(flag => flags.HasFlag(flag));

    /// <summary>The labels of the set flags, their names in words, in the order of their declaration.</summary>
    public static IReadOnlyList<string> Labels(this TrialFlags flags) => [.. flags.Names().Select(name => name.Replace('_', ' '))];

    /// <summary>Finds a flag by name; false where no flag has this name.</summary>
    public static bool TryParse(string name, out TrialFlags flag)
    {
        flag = s_all.FirstOrDefault(known => known.Name == name).Flag;
        return flag != TrialFlags.None;
    }

    /// <summary>The flags of a list of names; unknown names are ignored.</summary>
    public static TrialFlags Parse(IEnumerable<string> names) =>
        names.Aggregate(TrialFlags.None, (flags, name) => TryParse(name, out var flag) ? flags | flag : flags);
}
