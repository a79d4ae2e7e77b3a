namespace MemoryWall.Machine.Linux;

/// <summary>A swap space in use.</summary>
/// <param name="Path">Its device or file.</param>
/// <param name="IsPartition">Whether it is a partition; else it is a file.</param>
internal sealed record SwapSpace(string Path, bool IsPartition);

/// <summary>Reads <c>/proc/swaps</c>.</summary>
internal static class SwapTable
{
    /// <summary>The swap spaces in use; empty where there are none or the file cannot be read.</summary>
    public static IReadOnlyList<SwapSpace> Read(LinuxRoot root)
    {
        var spaces = new List<SwapSpace>();
        foreach (var line in (LinuxRoot.ReadText(Path.Combine(root.Proc, "swaps")) ?? "").Split('\n').Skip(1))
        {
            // Filename Type Size Used Priority; a blank in a file's name is written as \040.
            var fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 5)
                spaces.Add(new SwapSpace(fields[0].Replace("\\040", " ", StringComparison.Ordinal), fields[1] == "partition"));
        }
        return spaces;
    }
}
