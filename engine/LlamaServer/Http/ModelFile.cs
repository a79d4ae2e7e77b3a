using System.Buffers.Binary;
using System.Security.Cryptography;
using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.Http;

/// <summary>What a list of models says about the model's file.</summary>
/// <param name="Bytes">The size of all files of the model.</param>
/// <param name="WrittenAt">When the file was last written, in UTC.</param>
/// <param name="Digest">The digest of the file: 64 hexadecimal digits.</param>
internal sealed record ModelFile(long Bytes, DateTime WrittenAt, string Digest)
{
    private const int Samples = 64;
    private const int SampleBytes = 64 << 10;

    // A larger file is not read as a whole: the time, and the pages in the page cache, would be those of the process that is measured.
    private const long MaxWholeBytes = Samples * SampleBytes;

    /// <summary>Reads the file; where the path is a link, the file behind it.</summary>
    public static ModelFile Read(string path, GgufHeader header)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return new(SplitGgufReader.ListFiles(path, header).Where(File.Exists).Sum(Length), File.GetLastWriteTimeUtc(file.SafeFileHandle),
            file.Length <= MaxWholeBytes ? Convert.ToHexStringLower(SHA256.HashData(file)) : HashSamples(file, header.DataOffset));
    }

    // Of an open file, because the length of a link is that of the text in it.
    private static long Length(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return RandomAccess.GetLength(file);
    }

    private static string HashSamples(FileStream file, long dataOffset)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[SampleBytes];
        for (long at = 0; at < dataOffset; at += SampleBytes)
            Append(file, at, buffer.AsSpan(0, (int)Math.Min(SampleBytes, dataOffset - at)), hash);
        for (var i = 0; i < Samples; i++)
            Append(file, dataOffset + ((file.Length - dataOffset) / Samples * i), buffer, hash);
        BinaryPrimitives.WriteInt64LittleEndian(buffer, file.Length);
        hash.AppendData(buffer.AsSpan(0, sizeof(long)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(FileStream file, long at, Span<byte> buffer, IncrementalHash hash)
    {
        file.Position = at;
        hash.AppendData(buffer[..file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)]);
    }
}
