using MemoryWall.Core.Primitives;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>Composes a document prompt of an exact number of tokens with an exact encoder: the nonce, the document, and filling
/// words.</summary>
internal sealed class DocumentComposer(string clean, TextEncoder encoder, WordPool pool)
{
    private const int MaxCuts = 16;
    private const int MaxAttemptsPerCut = 3;

    private readonly DocumentIndex _index = new(clean, encoder);

    /// <summary>Composes the text and its tokens; returns the problem where that is impossible.</summary>
    /// <param name="nonce">The nonce's words.</param>
    /// <param name="content">Number of tokens of the text.</param>
    /// <param name="fill">Generator of the filling words.</param>
    public (string? Text, List<int>? Ids, string? Problem) Compose(int[] nonce, int content, SplitMix64 fill)
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
            // The encoding of the last word may depend on what follows it. The number of filling words then changes, or the cut moves.
            var fillers = room - tokens;
            for (var attempt = 0; attempt < MaxAttemptsPerCut && fillers >= 0; attempt++)
            {
                var text = pool.Join(opening + body, pool.Draw(fill, fillers));
                if (encoder.Encode(text) is not { } ids)
                    return (null, null, "the document has a word that is too long to encode");
                if (ids.Count == content)
                    return (text, ids, null);
                fillers += content - ids.Count;
            }
            limit = tokens - 1;
        }
        return (null, null, body.Length == 0 || limit <= 0
            ? FormattableString.Invariant(
                $"no part of the document fits into {content} tokens with a nonce of {nonce.Length}; use more tokens")
            : FormattableString.Invariant($"the document could not be cut to {content} tokens: its count does not converge"));
    }
}
