namespace MemoryWall.Core.Trials;

/// <summary>The names of flags in tables and files: lower case, words joined by underscores.</summary>
internal static class TrialFlagNames
{
    private static readonly (TrialFlags Flag, string Name)[] s_all =
        [.. Enum.GetValues<TrialFlags>().Where(flag => flag != TrialFlags.None)
            .Select(flag => (flag, EnumNames.Name(flag)))];

    /// <summary>The names of the flags that are set, in the order of their declaration; empty for none.</summary>
    public static IReadOnlyList<string> Names(this TrialFlags flags) =>
        [.. s_all.Where(known => flags.HasFlag(known.Flag)).Select(known => known.Name)];

    /// <summary>The flag of a name; false where there is none of that name.</summary>
    public static bool TryParse(string name, out TrialFlags flag)
    {
        flag = s_all.FirstOrDefault(known => known.Name == name).Flag;
        return flag != TrialFlags.None;
    }
}
