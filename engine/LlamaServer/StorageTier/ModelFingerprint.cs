using System.IO.Hashing;
using System.Text;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Identifies what a saved state depends on apart from its tokens: the model's content, the build of llama.cpp and the options
/// that affect the KV cells.</summary>
internal static class ModelFingerprint
{
    private const int Samples = 64;
    private const int SampleBytes = 4096;

    /// <summary>What the processor can do, as llama.cpp found: it decides how weights are repacked.</summary>
    public static string Processor => LlamaLibrary.Describe().GetValueOrDefault("system_info", "");

    /// <summary>A hash of the header, the length and evenly spread samples of the file. A copy of a file has the same hash, other weights
    /// have another one.</summary>
    public static string Compute(string path, GgufHeader header, string options)
    {
        var hash = new XxHash128();
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var buffer = new byte[SampleBytes];
        for (long at = 0; at < header.DataOffset; at += SampleBytes)
            Append(file, at, buffer, hash);
        for (var i = 0; i < Samples; i++)
            Append(file, header.DataOffset + (long)((file.Length - header.DataOffset) / (double)Samples * i), buffer, hash);
        var build = LlamaLibrary.Describe();
        hash.Append(
            Encoding.UTF8.GetBytes(
                $"{file.Length} {build.GetValueOrDefault("ggml_commit")} {build.GetValueOrDefault("native_build")} {options}"));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static void Append(FileStream file, long at, byte[] buffer, XxHash128 hash)
    {
        file.Position = at;
        hash.Append(buffer.AsSpan(0, file.ReadAtLeast(buffer, SampleBytes, throwOnEndOfStream: false)));
    }
}
