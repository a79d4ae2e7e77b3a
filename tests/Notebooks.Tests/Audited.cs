namespace MemoryWall.Notebooks.Tests;

/// <summary>
/// Constructed output of another tool with two answers. The prompt of the second one was truncated to fit a window of 4,096 tokens.
/// </summary>
internal static class Audited
{
    public const string Verbose = """
        total duration:       2.5s
        prompt eval count:    3072 token(s)
        prompt eval duration: 3s
        prompt eval rate:     1024 tokens/s
        eval count:           50 token(s)
        eval duration:        500ms
        eval rate:            100 tokens/s
        total duration:       2.6s
        prompt eval count:    2050 token(s)
        prompt eval duration: 2.05s
        prompt eval rate:     1000 tokens/s
        eval count:           50 token(s)
        eval duration:        500ms
        eval rate:            100 tokens/s
        """;
}
