namespace MemoryWall.Core.Trials;

/// <summary>Decides when cached tokens make a prefill unfit as a measurement.</summary>
internal static class CacheHitRule
{
    /// <summary>
    /// The first tokens of a chat template are the same in every request and may be cached, typically a block of 16. Up to this share of
    /// the prompt, cached tokens are subtracted instead of counting as a cache hit.
    /// </summary>
    private const double MaxTemplateShare = 0.01;

    /// <summary>Whether more tokens were cached than the first tokens of a template.</summary>
    /// <param name="cachedTokens">Cached tokens as the target reports them; null where it does not.</param>
    /// <param name="promptTokens">Prompt tokens as the target counts them; null where it does not, and then any cached token is a
    /// cache hit.</param>
    public static bool IsCacheHit(int? cachedTokens, int? promptTokens) => cachedTokens > (promptTokens ?? 0) * MaxTemplateShare;
}
