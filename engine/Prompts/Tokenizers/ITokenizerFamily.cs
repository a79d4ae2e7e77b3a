namespace MemoryWall.Prompts.Tokenizers;

/// <summary>What differs between tokenizers: where a text falls into words that are encoded independently, and how one word is
/// encoded.</summary>
internal interface ITokenizerFamily
{
    /// <summary>The tokenizer's name for people.</summary>
    string Name { get; }

    /// <summary>Whether any text is encoded as the target would; false where only plain words are safe.</summary>
    bool IsExact { get; }

    /// <summary>Characters in one word beyond which encoding it would take too long.</summary>
    int MaxWordLength { get; }

    /// <summary>What stands before a word inside the vocabulary's entries.</summary>
    char SpaceMarker { get; }

    /// <summary>Whether a blank is put before a text, and before text that follows a special token.</summary>
    bool AddsSpacePrefix { get; }

    /// <summary>The text as the vocabulary spells it; of the same length.</summary>
    string Escape(string text);

    /// <summary>Reports the words of an escaped text in order, by start and length, until told to stop.</summary>
    /// <param name="escaped">The escaped text.</param>
    /// <param name="word">Takes a word's start and length; false to stop.</param>
    /// <returns>False where it was stopped.</returns>
    bool Split(ReadOnlySpan<char> escaped, Func<int, int, bool> word);

    /// <summary>Encodes one escaped word.</summary>
    int[] Encode(ReadOnlySpan<char> word);
}
