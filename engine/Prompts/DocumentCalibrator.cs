using MemoryWall.Core.Primitives;

namespace MemoryWall.Prompts;

/// <summary>
/// Composes a document prompt of exactly N tokens with only the target's token counts. It moves the cut until the count is slightly below
/// N, fills up with single-token words, and counts the result again.
/// </summary>
internal sealed class DocumentCalibrator(string clean, TargetTokenCounter counts, WordPool pool)
{
    private const int MaxRounds = 12;
    private const int SampleCharacters = 4_000;
    private const int MaxWordLength = 200;

    /// <summary>Composes the text; returns the problem where that is impossible.</summary>
    /// <param name="nonce">The nonce's words.</param>
    /// <param name="countingNonce">The words to use instead of the nonce while counting: the nonce itself, or as many other words.</param>
    /// <param name="tokens">N, including the tokens that the target adds.</param>
    /// <param name="added">Tokens that the target adds.</param>
    /// <param name="fill">Generator of the filling words.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public async Task<(string? Text, string? Problem)> ComposeAsync(int[] nonce, int[] countingNonce, int tokens, int added,
        SplitMix64 fill,
        CancellationToken cancellation)
    {
        var (opening, shown) = (pool.Join("", nonce), pool.Join("", countingNonce));
        var budget = tokens - added - nonce.Length;
        var slack = Math.Max(16, budget / 50);
        var (body, length) = Cut(Math.Min(SampleCharacters, 2L * budget + 1));
        for (var round = 0; round < MaxRounds && length > 0; round++)
        {
            var answer = await counts.CountAsync(shown + body, cancellation).ConfigureAwait(false);
            if (answer.Tokens is not { } whole)
                return (null, answer.Problem);
            var bodyTokens = whole - added - nonce.Length;
            if (bodyTokens <= 0)
                return (null,
                    FormattableString.Invariant(
                        $"the target's token counts are inconsistent: {whole} tokens for a text of {body.Length:N0} characters"));
            var missing = tokens - whole;
            if (missing >= 0 && (missing <= slack || round >= MaxRounds / 2))
            {
                var fillers = pool.Draw(fill, missing);
                var recounted = missing == 0
                    ? answer
                    : await counts.CountAsync(pool.Join(shown + body, fillers), cancellation).ConfigureAwait(false);
                if (recounted.Tokens == tokens)
                    return (pool.Join(opening + body, fillers), null);
                if (recounted.Tokens is null)
                    return (null, recounted.Problem);
            }
            // Aim slightly below N: missing tokens can be filled up, excess tokens cannot.
            var aim = (long)((double)body.Length * (budget - (slack / 2)) / bodyTokens);
            (body, length) = Cut(Math.Max(1, aim == body.Length ? aim - 1 : aim));
        }
        return (null, length == 0
            ? FormattableString.Invariant(
                $"no part of the document fits into {tokens} tokens with a nonce of {nonce.Length}; use more tokens")
            : FormattableString.Invariant(
                $"the document could not be cut to {tokens} tokens in {MaxRounds} attempts: the target's counts do not converge"));
    }

    // The longest beginning within the limit that ends with a word, or, without white space nearby, with a whole character.
    private (string Body, int Length) Cut(long characters)
    {
        var text = DocumentText.Repeat(clean, characters + 1);
        var limit = (int)Math.Min(characters, text.Length - 1);
        // Text without white space nearby, as in Chinese, is cut where it is.
        var nearest = Math.Max(1, limit - MaxWordLength);
        for (var end = limit; end > nearest; end--)
        {
            if (char.IsWhiteSpace(text[end]) && !char.IsWhiteSpace(text[end - 1]))
                return (text[..end], end);
        }
        if (limit > 0 && char.IsLowSurrogate(text[limit]))
            limit--;
        return limit <= 1 ? ("", 0) : (text[..limit], limit);
    }
}
