using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>The keys of the texts of one level. No two levels and no two attempts at one share a text, so that each cache hit is earned by
/// the conversation itself.</summary>
/// <param name="textKey">What makes the texts of the run unique.</param>
/// <param name="level">The level and the attempt at it.</param>
internal sealed class TextKeys(string textKey, string level)
{
    /// <summary>A key that no other run draws.</summary>
    public static string CreateTextKey() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>The key of the text with which all conversations begin.</summary>
    public ulong Shared => Compute("shared");

    /// <summary>The key of a user's new text.</summary>
    public ulong OfTurn(int user, int turn) => Compute(string.Create(CultureInfo.InvariantCulture, $"user {user} turn {turn}"));

    /// <summary>The key of the words after a number that is hidden in a user's first text.</summary>
    public ulong OfPart(int user, int part) => Compute(string.Create(CultureInfo.InvariantCulture, $"user {user} part {part}"));

    /// <summary>The key of a number that is hidden in a user's first text.</summary>
    public ulong OfNeedle(int user, int place) => Compute(string.Create(CultureInfo.InvariantCulture, $"user {user} needle {place}"));

    /// <summary>The key of a block of a trace.</summary>
    public ulong OfBlock(int block) => Compute(string.Create(CultureInfo.InvariantCulture, $"block {block}"));

    private ulong Compute(string what) => BinaryPrimitives.ReadUInt64LittleEndian(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{textKey}/{level}/{what}")));
}
