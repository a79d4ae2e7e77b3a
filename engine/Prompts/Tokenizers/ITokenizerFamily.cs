namespace MemoryWall.Prompts.Tokenizers;

/// <summary>What differs between tokenizers: how a text is split into words that are encoded independently, and how a word is
/// encoded.</summary>
internal interface ITokenizerFamily
{
    /// <summary>The tokenizer's name in messages.</summary>
    string Name { get; }

    /// <summary>Whether every text is encoded as by the target; false where that holds only for plain words.</summary>
    bool IsExact { get; }

    /// <summary>Maximum number of characters of a word; encoding a longer one takes too long.</summary>
    int MaxWordLength { get; }

    /// <summary>The prefix that marks the start of a word in the vocabulary's entries.</summary>
    char SpaceMarker { get; }

    /// <summary>Whether a blank is added before a text, and before text after a special token.</summary>
    bool AddsSpacePrefix { get; }

    /// <summary>Spells a text like the vocabulary; the length is the same.</summary>
    string Escape(string text);

    /// <summary>Reports the words of an escaped text in order until the callback stops it.</summary>
    /// <param name="escaped">The escaped text.</param>
    /// <param name="word">Receives a word's start and length; returns false to stop.</param>
    /// <returns>False where the callback stopped it.</returns>
    bool Split(ReadOnlySpan<char> escaped, Func<int, int, bool> word);

    /// <summary>Encodes one escaped word.</summary>
    int[] Encode(ReadOnlySpan<char> word);
}
