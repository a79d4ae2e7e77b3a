using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>What is kept of an answer, to compare it with that of another system.</summary>
internal static class AnswerPieces
{
    private const int MaxPieces = 1024;
    private const int WordBits = 24;

    /// <summary>SHA-256 of the text, in hexadecimal digits.</summary>
    public static string ComputeSha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The pieces as numbers with blanks between them: the ids of the tokens, or a number for each different word where they are
    /// not known.</summary>
    public static string Format(string text, IReadOnlyList<int>? tokens)
    {
        var pieces = tokens ?? text.Split((char[]?)null, MaxPieces + 1, StringSplitOptions.RemoveEmptyEntries).Select(ComputeWord);
        return string.Join(' ', pieces.Take(MaxPieces).Select(piece => piece.ToString(CultureInfo.InvariantCulture)));
    }

    private static int ComputeWord(string word) =>
        (int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(word))) >> (32 - WordBits));
}
