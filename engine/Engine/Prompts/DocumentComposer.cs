using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>Composes a document prompt of exactly so many tokens with an exact encoder: nonce, document, and words to fill the rest.</summary>
internal sealed class DocumentComposer(string clean, TextEncoder encoder, WordPool pool)
{
    private const int MostRounds = 24;

    private readonly DocumentIndex _index = new(clean, encoder);

    /// <summary>The text and its tokens, or why there is none.</summary>
    /// <param name="nonce">The nonce's words.</param>
    /// <param name="content">Tokens of the text.</param>
    /// <param name="fill">Words to fill with; the same for the same prompt.</param>
    public (string? Text, List<int>? Ids, string? Problem) Compose(int[] nonce, int content, SplitMix fill)
    {
        var opening = pool.Join("", nonce);
        var budget = content - nonce.Length;
        var fillers = 0;
        var body = "";
        var refit = true;
        for (var round = 0; round < MostRounds && budget > 0; round++)
        {
            if (refit)
            {
                if (_index.Fit(budget, out body, out var tokens) is { } problem)
                    return (null, null, problem);
                if (body.Length == 0)
                    break;
                fillers = budget - tokens;
            }
            var text = pool.Join(opening + body, pool.Draw(fill, fillers));
            if (encoder.Encode(text) is not { } ids)
                return (null, null, "the document holds a word that is too long to encode");
            var missing = content - ids.Count;
            if (missing == 0)
                return (text, ids, null);
            // The last word may be encoded otherwise with something else behind it: fill up, or leave out a little more of the document.
            refit = fillers + missing < 0;
            if (refit)
                budget += missing;
            else
                fillers += missing;
        }
        return (null, null, body.Length == 0
            ? FormattableString.Invariant($"no part of the document fits into {content} tokens beside a nonce of {nonce.Length}; ask for more tokens")
            : FormattableString.Invariant($"the document could not be cut to {content} tokens: its count does not settle"));
    }
}
