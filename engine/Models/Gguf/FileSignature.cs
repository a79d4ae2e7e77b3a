namespace MemoryWall.Models.Gguf;

/// <summary>Names what a file is that people take for a GGUF file.</summary>
internal static class FileSignature
{
    private const int MaxBytes = 64;

    /// <summary>What the stream begins with, and what to do; null where it is nothing known. The position stays where it is.</summary>
    public static string? Describe(Stream stream)
    {
        var start = stream.Position;
        var buffer = new byte[MaxBytes];
        var head = buffer.AsSpan(0, stream.ReadAtLeast(buffer, MaxBytes, throwOnEndOfStream: false));
        stream.Position = start;
        if (head.StartsWith("version https://git-lfs"u8))
            return "it is a Git LFS pointer, a short text in place of the file; fetch the file itself with git lfs pull";
        if (head.StartsWith("<!doctype"u8) || head.StartsWith("<!DOCTYPE"u8) || head.StartsWith("<html"u8) || head.StartsWith("<HTML"u8))
            return "it is a web page and no GGUF file; download the file again";
        if (head.StartsWith("PK\x03\x04"u8))
            return "it is a zip file, as PyTorch writes models; convert the model to GGUF";
        if (head is [0x80, >= 2 and <= 5, ..])
            return "it is a Python pickle, as older versions of PyTorch write models; convert the model to GGUF";
        if (head is [(byte)'{', ..])
            return "it is a JSON text and no model; name the .gguf file";
        // Before GGUF an importance matrix began with two numbers and the name of the first tensor.
        if (head.Length > 12 && (head[8..].StartsWith("blk."u8) || head[8..].StartsWith("output"u8) || head[8..].StartsWith("token_"u8)))
            return "it is an importance matrix (imatrix), which is data for quantising a model";
        if (head.StartsWith("lmgg"u8))
            return "it is a GGML file, as whisper.cpp uses, and llama.cpp before GGUF; convert the model to GGUF";
        if (head.StartsWith("fmgg"u8) || head.StartsWith("tjgg"u8) || head.StartsWith("algg"u8))
            return "it is a file in llama.cpp's format before GGUF; convert the model to GGUF";
        // A safetensors file begins with the length of its JSON header.
        if (head.Length > 9 && head[8] == (byte)'{' && head[9] == (byte)'"' && head[6] == 0 && head[7] == 0)
            return "it is a safetensors file; convert the model to GGUF with llama.cpp's convert_hf_to_gguf.py";
        return null;
    }
}
