using System.Globalization;

namespace MemoryWall.Tests;

/// <summary>The inputs of a test that mutates runs, by their seeds.</summary>
/// <param name="First">The seed of the first: <c>MEMWALL_FUZZ_FROM</c>.</param>
/// <param name="Count">How many there are: <c>MEMWALL_FUZZ_RUNS</c>.</param>
internal readonly record struct FuzzRange(int First, int Count)
{
    /// <summary>What the environment says, and without it as many from 0 as some seconds allow.</summary>
    public static FuzzRange Read(int defaultCount) => new(Read("MEMWALL_FUZZ_FROM", 0), Read("MEMWALL_FUZZ_RUNS", defaultCount));

    private static int Read(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : otherwise;
}
