using System.Runtime.InteropServices;
using LLama.Exceptions;
using LLama.Native;
using MemoryWall.Benchmarks.ServerMemory;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>Complete small models of real architectures, with random weights.</summary>
internal static class ShapedModel
{
    /// <summary>Writes a model.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="architecture">llama.cpp's name of its architecture.</param>
    /// <param name="experts">The type of the experts' matrices.</param>
    /// <param name="log">The log that llama.cpp writes to.</param>
    public static string Create(string folder, string architecture, GgmlType experts, NativeLog log)
    {
        var path = Path.Combine(folder, $"{architecture}-{experts}.gguf");
        var model = new AskedModel(path, file => TryLoad(file, log));
        Assert.Null(model.Complete(ServerModels.All().First(known => known.Name == architecture)));
        var random = new Random(1);
        model.Fill((name, extents) =>
        {
            var type = name.Contains("exps.weight", StringComparison.Ordinal) && extents.Length > 2 ? experts : GgmlType.F32;
            return (type, stream => stream.Write(Content(name, extents, type, random)));
        });
        return path;
    }

    private static string? TryLoad(string path, NativeLog log)
    {
        log.Reset(keepWeights: false);
        try
        {
            using var model = SafeLlamaModelHandle.LoadFromFile(path, LLamaModelParams.Default());
            return null;
        }
        catch (LoadWeightsFailedException)
        {
            // One error a line.
            return log.LastError.Replace("; llama_", "\nllama_", StringComparison.Ordinal);
        }
    }

    private static byte[] Content(string name, long[] extents, GgmlType type, Random random)
    {
        var bytes = new byte[GgmlTypes.TensorBytes(type, extents)!.Value];
        if (type == GgmlType.F32)
        {
            var isNorm = name.Contains("norm", StringComparison.Ordinal);
            var deviation = extents.Length > 1 ? 1 / Math.Sqrt(extents[0]) : 0.1;
            foreach (ref var value in MemoryMarshal.Cast<byte, float>(bytes.AsSpan()))
                value = isNorm ? 1 : (float)((2 * random.NextDouble() - 1) * Math.Sqrt(3) * deviation);
            return bytes;
        }
        random.NextBytes(bytes);
        var (_, blockBytes) = GgmlTypes.BlockSize(type)!.Value;
        var scale = type switch { GgmlType.Q8_0 => 1.0 / 73, GgmlType.Q4_0 => 1.0 / 4, _ => 1.0 / 3 } / Math.Sqrt(extents[0]);
        for (var block = 0; block < bytes.Length; block += blockBytes)
        {
            // MXFP4 has an exponent of 8 bits, biased by 127; the others have a number of 16 bits.
            if (type == GgmlType.MXFP4)
                bytes[block] = (byte)(127 + Math.ILogB(scale));
            else
                BitConverter.TryWriteBytes(bytes.AsSpan(block), (Half)scale);
        }
        return bytes;
    }
}
