using System.Globalization;

namespace MemoryWall.Tests;

/// <summary>The inputs of a test that mutates them, by their seeds.</summary>
/// <param name="First">The seed of the first: <c>MEMWALL_FUZZ_FROM</c>.</param>
/// <param name="Count">How many there are: <c>MEMWALL_FUZZ_RUNS</c>, or <c>MEMWALL_FUZZ_INPUTS</c>.</param>
internal readonly record struct FuzzRange(int First, int Count)
{
    private static readonly int s_defaultInputs = LongTests.Skip is null ? 10_000 : 1_000;

    /// <summary>Inputs of each format (GGUF, NDJSON, SSE, CSV, JSON) for its readers. What CsCheck draws has no number; it prints the seed
    /// of an input that fails.</summary>
    public static FuzzRange Inputs { get; } = new(Read("MEMWALL_FUZZ_FROM", 0), Read("MEMWALL_FUZZ_INPUTS", s_defaultInputs));

    /// <summary>Stored runs: what the environment says, and without it as many from 0 as some seconds allow.</summary>
    public static FuzzRange Read(int defaultCount) => new(Read("MEMWALL_FUZZ_FROM", 0), Read("MEMWALL_FUZZ_RUNS", defaultCount));

    private static int Read(string variable, int otherwise)
    {
        var text = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(text))
            return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{variable}: '{text}' is not a whole number from 0 on");
    }
}
