namespace MemoryWall.Prompts;

/// <summary>Words that are one token each, at the start of a text or after a blank, whatever stands beside them.</summary>
/// <param name="Words">The words, without blanks.</param>
/// <param name="Ids">Their tokens after a blank; null where no vocabulary is known.</param>
/// <param name="Openers">Which of the words, by index, are one token at a text's start too.</param>
/// <param name="OpenerIds">The openers' tokens at a text's start; null where no vocabulary is known.</param>
internal sealed record WordPool(string[] Words, int[]? Ids, int[] Openers, int[]? OpenerIds)
{
    /// <summary>With fewer words a nonce would be long and a body monotonous.</summary>
    public const int MinWords = 64;

    /// <summary>With fewer openers prompts would soon begin alike.</summary>
    public const int MinOpeners = 8;

    private readonly Dictionary<string, int> _byWord = Words.Select((word, index) => (word, index)).ToDictionary(p => p.word, p => p.index,
        StringComparer.Ordinal);

    /// <summary>The index of a word; -1 where it is not in the pool.</summary>
    public int IndexOf(string word) => _byWord.TryGetValue(word, out var index) ? index : -1;

    /// <summary>Whether prompts can be built from it.</summary>
    public bool HasEnoughWords => Words.Length >= MinWords && Openers.Length >= MinOpeners;

    /// <summary>Draws words, each as likely as any other. The generator is a copy: the same one draws the same words again, and a longer
    /// draw begins like a shorter one.</summary>
    /// <param name="generator">What draws.</param>
    /// <param name="count">How many words.</param>
    /// <returns>Their indices.</returns>
    public int[] Draw(SplitMix generator, int count)
    {
        var indices = new int[count];
        foreach (ref var index in indices.AsSpan())
            index = generator.Below(Words.Length);
        return indices;
    }

    /// <summary>The words of these indices with single blanks between them, appended to a text.</summary>
    /// <param name="opening">What comes before, as it is.</param>
    /// <param name="indices">The words' indices.</param>
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
