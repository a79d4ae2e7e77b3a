using System.Globalization;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// SentencePiece BPE (GGUF's <c>llama</c>): blanks become ▁, then the adjacent pieces whose union has the highest score are merged, the
/// leftmost first, until no merge is possible; a piece that is not an entry is encoded as bytes. SentencePiece does not split a text into
/// words. But two characters that are not adjacent in any entry can never be merged, so the text is split there, which keeps the time
/// linear. Own code because Microsoft.ML.Tokenizers 2.0.1 merges the rightmost of equal pairs first, unlike SentencePiece and llama.cpp,
/// and therefore counts repeated characters differently.
/// </summary>
internal sealed class SentencePieceBpe : ITokenizerFamily
{
    private const char Metaspace = '▁';

    private readonly IReadOnlyList<float> _scores;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly HashSet<(char Left, char Right)> _neighbours = [];
    private readonly int[] _bytes = new int[256];

    private SentencePieceBpe(Vocabulary vocabulary, IReadOnlyList<float> scores)
    {
        _scores = scores;
        AddsSpacePrefix = vocabulary.AddSpacePrefix;
        var ids = new Dictionary<string, int>(vocabulary.Tokens.Count, StringComparer.Ordinal);
        IsExact = true;
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            var token = vocabulary.Tokens[id];
            IsExact &= ids.TryAdd(token, id) || token.Length == 0;
            for (var i = 1; i < token.Length; i++)
                _neighbours.Add((token[i - 1], token[i]));
        }
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var b = 0; b < _bytes.Length; b++)
        {
            var known = ids.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"), out _bytes[b]);
            IsExact &= known;
        }
    }

    /// <inheritdoc/>
    public string Name => "SentencePiece BPE of this engine";

    /// <inheritdoc/>
    public bool IsExact { get; }

    /// <inheritdoc/>
    public int MaxWordLength => int.MaxValue;

    /// <inheritdoc/>
    public char SpaceMarker => Metaspace;

    /// <inheritdoc/>
    public bool AddsSpacePrefix { get; }

    /// <summary>Creates the tokenizer of a vocabulary; null, with the problem, where a table is missing.</summary>
    public static SentencePieceBpe? Create(Vocabulary vocabulary, out string? problem)
    {
        if (vocabulary.Scores is { } scores && scores.Count >= vocabulary.Tokens.Count)
        {
            problem = null;
            return new SentencePieceBpe(vocabulary, scores);
        }
        problem = "the vocabulary names a SentencePiece tokenizer but has no score for each entry";
        return null;
    }

    /// <inheritdoc/>
    public string Escape(string text) => text.Replace(' ', Metaspace);

    /// <inheritdoc/>
    public bool Split(ReadOnlySpan<char> escaped, Func<int, int, bool> word)
    {
        var start = 0;
        for (var i = 1; i < escaped.Length; i++)
        {
            if (char.IsSurrogatePair(escaped[i - 1], escaped[i]) || _neighbours.Contains((escaped[i - 1], escaped[i])))
                continue;
            if (!word(start, i - start))
                return false;
            start = i;
        }
        return start == escaped.Length || word(start, escaped.Length - start);
    }

    /// <inheritdoc/>
    public int[] Encode(ReadOnlySpan<char> word)
    {
        var joiner = new Merger(this, word);
        for (var i = 1; i < joiner.Count; i++)
            joiner.AddCandidate(i - 1, i);
        joiner.MergeAll();

        var ids = new List<int>(joiner.Count);
        for (var i = 0; i >= 0 && i < joiner.Count; i = joiner.Next(i))
        {
            var piece = joiner.Piece(i);
            if (_ids.TryGetValue(piece, out var id))
                ids.Add(id);
            else
                AddBytes(piece, ids);
        }
        return [.. ids];
    }

    private void AddBytes(ReadOnlySpan<char> piece, List<int> ids)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (var rune in piece.EnumerateRunes())
        {
            foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
                ids.Add(_bytes[b]);
        }
    }

    /// <summary>The pieces of one word as a linked list, and the queue of possible merges.</summary>
    private readonly ref struct Merger
    {
        private readonly SentencePieceBpe _tokenizer;
        private readonly ReadOnlySpan<char> _word;
        private readonly (int Start, int Length, int Previous, int Next)[] _pieces;
        private readonly PriorityQueue<(int Left, int Right, int Length), (float Score, int Left)> _candidates;

        public Merger(SentencePieceBpe tokenizer, ReadOnlySpan<char> word)
        {
            _tokenizer = tokenizer;
            _word = word;
            _pieces = new (int, int, int, int)[word.Length];
            _candidates = new(HighestScoreLeftmost.Order);
            for (var i = 0; i < word.Length; Count++)
            {
                var length = i + 1 < word.Length && char.IsSurrogatePair(word[i], word[i + 1]) ? 2 : 1;
                _pieces[Count] = (i, length, Count - 1, i + length < word.Length ? Count + 1 : -1);
                i += length;
            }
        }

        public int Count { get; }

        public int Next(int piece) => _pieces[piece].Next;

        public ReadOnlySpan<char> Piece(int piece) => _word.Slice(_pieces[piece].Start, _pieces[piece].Length);

        public void AddCandidate(int left, int right)
        {
            if (left < 0 || right < 0)
                return;
            var length = _pieces[left].Length + _pieces[right].Length;
            if (_tokenizer._ids.TryGetValue(_word.Slice(_pieces[left].Start, length), out var id))
                _candidates.Enqueue((left, right, length), (_tokenizer._scores[id], left));
        }

        public void MergeAll()
        {
            while (_candidates.TryDequeue(out var offer, out _))
            {
                ref var left = ref _pieces[offer.Left];
                ref var right = ref _pieces[offer.Right];
                // One of the pieces has been merged in the meantime.
                if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != offer.Length)
                    continue;
                left.Length = offer.Length;
                left.Next = right.Next;
                right.Length = 0;
                if (left.Next >= 0)
                    _pieces[left.Next].Previous = offer.Left;
                AddCandidate(left.Previous, offer.Left);
                AddCandidate(offer.Left, left.Next);
            }
        }
    }

    private sealed class HighestScoreLeftmost : IComparer<(float Score, int Left)>
    {
        public static readonly HighestScoreLeftmost Order = new();

        public int Compare((float Score, int Left) x, (float Score, int Left) y)
        {
            var byScore = y.Score.CompareTo(x.Score);
            return byScore != 0 ? byScore : x.Left.CompareTo(y.Left);
        }
    }
}
