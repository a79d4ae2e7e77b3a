namespace MemoryWall.Experiments;

/// <summary>The names of the axes, as files write them.</summary>
internal static class CellAxes
{
    public const string Targets = "targets";
    public const string Models = "models";
    public const string Contexts = "contexts";
    public const string KvTypes = "kv_types";
    public const string Caps = "caps";
    public const string Swaps = "swaps";
    public const string Systems = "systems";
    public const string Threads = "threads";

    /// <summary>The text of a cap that limits nothing.</summary>
    public const string NoCap = "none";
}
