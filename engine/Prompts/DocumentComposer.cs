using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>Composes a document prompt of exactly so many tokens with an exact encoder: nonce, document, and words to fill the
/// rest.</summary>
internal sealed class DocumentComposer(string clean, TextEncoder encoder, WordPool pool)
{
    private const int MaxCuts = 16;
    private const int MaxAttemptsPerCut = 3;

    private readonly DocumentIndex _index = new(clean, encoder);

    /// <summary>The text and its tokens, or why there is none.</summary>
    /// <param name="nonce">The nonce's words.</param>
    /// <param name="content">Tokens of the text.</param>
    /// <param name="fill">What draws the words to fill with.</param>
    public (string? Text, List<int>? Ids, string? Problem) Compose(int[] nonce, int content, SplitMix fill)
    {
        var opening = pool.Join("", nonce);
        var room = content - nonce.Length;
        var body = "";
        var limit = room;
        for (var cut = 0; cut < MaxCuts && limit > 0; cut++)
        {
            if (_index.CutToBudget(limit, out body, out var tokens) is { } problem)
                return (null, null, problem);
            if (body.Length == 0)
                break;
            // The last word may be encoded otherwise with something else behind it: then more or fewer words fill the rest, or the cut
            // moves.
            var fillers = room - tokens;
            for (var attempt = 0; attempt < MaxAttemptsPerCut && fillers >= 0; attempt++)
            {
                var text = pool.Join(opening + body, pool.Draw(fill, fillers));
                if (encoder.Encode(text) is not { } ids)
                    return (null, null, "the document holds a word that is too long to encode");
                if (ids.Count == content)
                    return (text, ids, null);
                fillers += content - ids.Count;
            }
            limit = tokens - 1;
        }
        return (null, null, body.Length == 0 || limit <= 0
            ? FormattableString.Invariant(
                $"no part of the document fits into {content} tokens beside a nonce of {nonce.Length}; ask for more tokens")
            : FormattableString.Invariant($"the document could not be cut to {content} tokens: its count does not settle"));
    }
}
