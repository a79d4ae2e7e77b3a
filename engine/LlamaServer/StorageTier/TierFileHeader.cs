using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>The header of a file that the tier keeps (a saved state, or repacked weights): its first page.</summary>
/// <param name="Key">The hash of what the content depends on.</param>
/// <param name="Count">Number of tokens or tensors.</param>
/// <param name="Payload">Bytes after the header.</param>
/// <param name="Checksum">Checksum of the payload (XXH3, 64 bits).</param>
internal sealed record TierFileHeader(string Key, int Count, long Payload, ulong Checksum)
{
    private const int KeyLength = 64;
    private static readonly byte[] s_magic = "MWKVST01"u8.ToArray();

    /// <summary>The key of a file: a hash of what its content depends on and, of a state, the tokens.</summary>
    public static string ComputeKey(string identity, ReadOnlySpan<int> tokens)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(identity));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tokens));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Writes the header into a page.</summary>
    public void Write(Span<byte> page)
    {
        page.Clear();
        s_magic.CopyTo(page);
        Encoding.ASCII.GetBytes(Key, page[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(page[(8 + KeyLength)..], Count);
        BinaryPrimitives.WriteInt64LittleEndian(page[(16 + KeyLength)..], Payload);
        BinaryPrimitives.WriteUInt64LittleEndian(page[(24 + KeyLength)..], Checksum);
        BinaryPrimitives.WriteUInt64LittleEndian(page[(32 + KeyLength)..], XxHash3.HashToUInt64(page[..(32 + KeyLength)]));
    }

    /// <summary>The header; null where the page is not a valid header.</summary>
    public static TierFileHeader? Read(ReadOnlySpan<byte> page) =>
        page.StartsWith(s_magic)
            && BinaryPrimitives.ReadUInt64LittleEndian(page[(32 + KeyLength)..]) == XxHash3.HashToUInt64(page[..(32 + KeyLength)])
            ? new TierFileHeader(
                Encoding.ASCII.GetString(page.Slice(8, KeyLength)),
                (int)BinaryPrimitives.ReadInt64LittleEndian(page[(8 + KeyLength)..]),
                BinaryPrimitives.ReadInt64LittleEndian(page[(16 + KeyLength)..]),
                BinaryPrimitives.ReadUInt64LittleEndian(page[(24 + KeyLength)..]))
            : null;
}
