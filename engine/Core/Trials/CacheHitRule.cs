namespace MemoryWall.Core.Trials;

/// <summary>When tokens that a target took from a cache make a prefill no measure any more.</summary>
internal static class CacheHitRule
{
    /// <summary>
    /// The first tokens of a chat template are the same in every request and may sit in a cache, a block of 16 or so; up to this share of
    /// the prompt they are subtracted instead of doubted.
    /// </summary>
    private const double MaxTemplateShare = 0.01;

    /// <summary>Whether more of a prompt came from a cache than a template's first tokens.</summary>
    /// <param name="cachedTokens">Tokens from the cache, as the target tells; null where it does not.</param>
    /// <param name="promptTokens">Tokens of the prompt, as the target counts them; null where it does not, and then none is
    /// harmless.</param>
    public static bool IsCacheHit(int? cachedTokens, int? promptTokens) => cachedTokens > (promptTokens ?? 0) * MaxTemplateShare;
}
