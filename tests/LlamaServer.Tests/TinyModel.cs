using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>A model that computes thousands of prompt tokens almost at once; written once for all tests.</summary>
internal static class TinyModel
{
    public const string Name = "tiny";
    public const int ContextTokens = 8192;

    private static readonly Lazy<Task<string>> s_path = new(() => SyntheticModelCache.EnsureAsync(
        SyntheticSpec.Parse($"layers=2,embd=128,heads=4,kv=2,ff=256,vocab=2048,weights=q8_0,ctx={ContextTokens}"), TestFolder.Path));

    public static Task<string> PathAsync() => s_path.Value;

    /// <summary>A prompt of tokens without a special meaning; the same seed gives the same tokens.</summary>
    public static int[] Tokens(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(300, 2000))];
    }
}

internal static class TestFolder
{
    public static string Path { get; } = Directory.CreateTempSubdirectory("memwall-server-tests-").FullName;
}
