using MemoryWall.Core.Primitives;

namespace MemoryWall.Prompts;

/// <summary>Words that are single tokens after a blank, regardless of the neighbouring words.</summary>
/// <param name="Words">The words, without blanks.</param>
/// <param name="Ids">Their tokens after a blank; null where the vocabulary is unknown.</param>
/// <param name="Openers">Indices of the words that are also single tokens at the start of a text.</param>
/// <param name="OpenerIds">The openers' tokens at the start of a text; null where the vocabulary is unknown.</param>
internal sealed record WordPool(string[] Words, int[]? Ids, int[] Openers, int[]? OpenerIds)
{
    /// <summary>With fewer words nonces would be long and texts monotonous.</summary>
    public const int MinWords = 64;

    /// <summary>With fewer openers prompts would soon start with the same word.</summary>
    public const int MinOpeners = 8;

    private readonly Dictionary<string, int> _byWord = Words.Select((word, index) => (word, index)).ToDictionary(p => p.word, p => p.index,
        StringComparer.Ordinal);

    /// <summary>The index of a word; -1 where the pool does not have it.</summary>
    public int IndexOf(string word) => _byWord.TryGetValue(word, out var index) ? index : -1;

    /// <summary>Whether the pool is large enough to build prompts.</summary>
    public bool HasEnoughWords => Words.Length >= MinWords && Openers.Length >= MinOpeners;

    /// <summary>Draws words with equal probability. The generator is passed by value: the same generator draws the same words again, and a
    /// longer draw starts with the words of a shorter one.</summary>
    /// <param name="generator">The random generator.</param>
    /// <param name="count">Number of words.</param>
    /// <returns>The indices of the words.</returns>
    public int[] Draw(SplitMix64 generator, int count)
    {
        var indices = new int[count];
        foreach (ref var index in indices.AsSpan())
            index = generator.NextBelow(Words.Length);
        return indices;
    }

    /// <summary>Appends the words with these indices to a text, separated by single blanks.</summary>
    /// <param name="opening">The text before the words.</param>
    /// <param name="indices">The indices of the words.</param>
    public string Join(string opening, ReadOnlySpan<int> indices)
    {
        if (indices.IsEmpty)
            return opening;
        var length = opening.Length + (opening.Length > 0 ? indices.Length : indices.Length - 1);
        foreach (var index in indices)
            length += Words[index].Length;
        return string.Create(length, new JoinState(opening, indices, Words), static (chars, joining) =>
        {
            joining.Opening.CopyTo(chars);
            var at = joining.Opening.Length;
            foreach (var index in joining.Indices)
            {
                if (at > 0)
                    chars[at++] = ' ';
                var word = joining.Words[index];
                word.CopyTo(chars[at..]);
                at += word.Length;
            }
        });
    }

    private readonly ref struct JoinState(string opening, ReadOnlySpan<int> indices, string[] words)
    {
        public readonly string Opening = opening;
        public readonly ReadOnlySpan<int> Indices = indices;
        public readonly string[] Words = words;
    }
}
