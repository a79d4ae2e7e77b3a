namespace MemoryWall.Notebooks.Inputs;

/// <summary>A cell would measure, or show this machine or its runs, while notebooks get the outputs with which they are committed. These
/// show samples only, so that they are the same on every machine.</summary>
internal sealed class LiveDataException() : Exception("only sample runs may be shown")
{
    /// <summary>Whether this process makes such outputs.</summary>
    public static bool IsRefused => Environment.GetEnvironmentVariable("MEMWALL_SAMPLES_ONLY") == "1";
}
