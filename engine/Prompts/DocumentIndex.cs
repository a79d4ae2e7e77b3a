using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>The positions where a document can be cut: the ends of its words, and the number of tokens before each. The document is encoded
/// once, as far as needed.</summary>
internal sealed class DocumentIndex(string clean, TextEncoder encoder)
{
    private const int CharactersPerToken = 6;
    private const int WordsToLookBack = 256;

    // Longer than the words of languages that separate them by blanks.
    private const int MinCutWordLength = 64;

    private readonly List<int> _ends = [];
    private readonly List<int> _tokens = [];
    private string _text = "";
    private long _encodedTokens;

    /// <summary>
    /// Finds the longest beginning of the (if necessary repeated) document that fits the budget and ends with a word.
    /// </summary>
    /// <param name="budget">Maximum number of tokens, 1 or more.</param>
    /// <param name="text">The text, with a blank before its first word; empty where nothing fits.</param>
    /// <param name="tokens">The tokens of the text.</param>
    /// <returns>Why the document cannot be encoded; null where it can.</returns>
    public string? CutToBudget(int budget, out string text, out int tokens)
    {
        text = "";
        tokens = 0;
        if (EnsureEncoded(budget) is { } problem)
            return problem;
        var last = LastWithin(budget);
        for (var back = 0; back <= WordsToLookBack && last - back >= 0; back++)
        {
            if (!IsWordEnd(_ends[last - back]))
                continue;
            last -= back;
            break;
        }
        if (last >= 0)
            (text, tokens) = (_text[.._ends[last]], _tokens[last]);
        AddPartOfLongWord(last, budget, ref text, ref tokens);
        return null;
    }

    // A script without blanks is one word of up to a thousand characters to a byte-level tokenizer. It is cut within the word, because
    // nothing of it would fit otherwise, or filling words would take its place.
    private void AddPartOfLongWord(int last, int budget, ref string text, ref int tokens)
    {
        var start = last < 0 ? 0 : _ends[last];
        if (last + 1 >= _ends.Count || _ends[last + 1] - start < MinCutWordLength)
            return;
        var (least, most) = (0, _ends[last + 1] - start);
        while (most - least > 1)
        {
            var length = (least + most) / 2;
            if (CountPart(start, length) is { } count && count <= budget - tokens)
                least = length;
            else
                most = length;
        }
        if (char.IsHighSurrogate(_text[start + Math.Max(0, least - 1)]))
            least--;
        if (least <= 1 || CountPart(start, least) is not { } fitting || fitting > budget - tokens)
            return;
        (text, tokens) = (_text[..(start + least)], tokens + fitting);
    }

    private int? CountPart(int start, int length) => encoder.Encode(_text.Substring(start, length), continues: true)?.Count;

    // A cut at the start of white space splits no word. Text without white space nearby is cut between the tokenizer's words.
    private bool IsWordEnd(int end) => end == _text.Length || (char.IsWhiteSpace(_text[end]) && !char.IsWhiteSpace(_text[end - 1]));

    private int LastWithin(int budget)
    {
        var found = _tokens.BinarySearch(budget);
        if (found >= 0)
        {
            while (found + 1 < _tokens.Count && _tokens[found + 1] == budget)
                found++;
            return found;
        }
        return ~found - 1;
    }

    private string? EnsureEncoded(int budget)
    {
        if (_encodedTokens >= budget)
            return null;
        // Encodes twice the budget, so that a sequence of growing contexts costs at most twice the largest.
        var goal = Math.Min(2L * budget + 4096, int.MaxValue - 1);
        for (var characters = goal * CharactersPerToken; ; characters *= 2)
        {
            if (characters > int.MaxValue / 4)
                characters = int.MaxValue / 4;
            _ends.Clear();
            _tokens.Clear();
            _text = DocumentText.Repeat(clean, characters);
            var sink = new CutCollector(_ends, _tokens, goal);
            if (encoder.Encode(_text, sink, continues: true) is { } problem)
                return $"the document cannot be encoded: {problem}";
            _encodedTokens = sink.Total;
            if (_encodedTokens >= budget)
                return null;
            if (characters == int.MaxValue / 4)
                return FormattableString.Invariant(
                    $"the document cannot be extended to {budget:N0} tokens: it would be longer than {characters:N0} characters");
        }
    }

    private sealed class CutCollector(List<int> ends, List<int> tokens, long goal) : IWordSink
    {
        public int Total { get; private set; }

        public bool Add(int end, ReadOnlySpan<int> ids)
        {
            Total += ids.Length;
            ends.Add(end);
            tokens.Add(Total);
            return Total < goal;
        }
    }
}
