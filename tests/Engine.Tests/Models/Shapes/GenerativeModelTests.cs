using MemoryWall.Engine.Tests.Models.Gguf;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Engine.Tests.Models.Shapes;

/// <summary>Files that look like models and generate no text are named.</summary>
public sealed class GenerativeModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-kinds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("LoRA adapter", "llama", "general.type", "adapter", "adapter.type", "lora")]
    [InlineData("LoRA adapter", "llama", "adapter.type", "lora")]
    [InlineData("mmproj", "clip", "general.type", "mmproj")]
    [InlineData("mmproj", "clip")]
    [InlineData("imatrix", "llama", "general.type", "imatrix")]
    [InlineData("control vector", "controlvector")]
    [InlineData("encoder", "bert")]
    [InlineData("encoder", "gemma-embedding")]
    [InlineData("encoder", "modern-bert")]
    [InlineData("encoder", "gemma-embedding2")]
    [InlineData("draft model", "eagle3")]
    [InlineData("draft model", "dflash")]
    [InlineData("draft model", "gemma4-assistant")]
    [InlineData("speech model", "qwen3tts")]
    [InlineData("speech model", "pockettts")]
    [InlineData("speech recognition", "whisper")]
    [InlineData("causal", "someday-bert", "someday-bert.attention.causal", false)]
    [InlineData("encoder-decoder", "t5")]
    [InlineData("diffusion language model", "llada")]
    [InlineData("diffusion language model", "someday", "diffusion.shift_logits", true)]
    [InlineData("image", "flux")]
    [InlineData("image", "sdxl")]
    [InlineData("image", "qwen_image")]
    [InlineData("image", "pig")]
    public void ReadFile_WhatGeneratesNoText_IsNamed(string part, string architecture, params object[] keys)
    {
        var path = Write("x.gguf", [new("general.architecture", architecture), .. Pairs(keys)], GgufBytes.Zeros("x", GgmlType.F32, 8));
        Assert.Contains(part, Assert.Throws<ModelKindException>(() => GenerativeModel.ReadFile(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFile_AVocabularyWithoutWeightsOrAFolder_IsNamed()
    {
        var vocabulary = Write("v.gguf", [new("general.architecture", "llama"), new("tokenizer.ggml.tokens", new[] { "a", "b" })]);
        Assert.Contains("vocabulary without weights",
            Assert.Throws<ModelKindException>(() => GenerativeModel.ReadFile(vocabulary)).Message, StringComparison.Ordinal);
        Assert.Contains("it is a folder",
            Assert.Throws<ModelKindException>(() => GenerativeModel.ReadFile(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFile_TensorsOfAnAdapterAnImatrixOrAnImageModel_AreNamed()
    {
        var image = Write("i.gguf", [], GgufBytes.Zeros("model.diffusion_model.input_blocks.0.0.weight", GgmlType.F32, 8),
            GgufBytes.Zeros("first_stage_model.encoder.conv_in.weight", GgmlType.F32, 8));
        Assert.Contains("image", Assert.Throws<ModelKindException>(() => GenerativeModel.ReadFile(image)).Message,
            StringComparison.Ordinal);
        var adapter = Write("a.gguf", [new("general.architecture", "llama")], GgufBytes.Zeros("blk.0.q.lora_a", GgmlType.F32, 8),
            GgufBytes.Zeros("blk.0.q.lora_b", GgmlType.F32, 8));
        var matrix = Write("m.gguf", [], GgufBytes.Zeros("q.in_sum2", GgmlType.F32, 8), GgufBytes.Zeros("q.counts", GgmlType.F32, 8));
        Assert.Contains("LoRA", Assert.Throws<ModelKindException>(() => GenerativeModel.ReadFile(adapter)).Message,
            StringComparison.Ordinal);
        Assert.Contains("imatrix", Assert.Throws<ModelKindException>(() => GenerativeModel.ReadFile(matrix)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qwen3", "qwen3.pooling_type", 0)]
    // llama-server (b11669) answers prompts with each of these, as without the key.
    [InlineData("qwen3", "qwen3.pooling_type", 1)]
    [InlineData("qwen3", "qwen3.pooling_type", 3)]
    [InlineData("llama", "llama.pooling_type", 4)]
    [InlineData("llama", "llama.attention.causal", true)]
    [InlineData("llama", "general.type", "model")]
    public void ReadFile_AModel_IsRead(string architecture, params object[] keys)
    {
        var path = Write("x.gguf", [new("general.architecture", architecture), .. Pairs(keys)], GgufBytes.Zeros("x", GgmlType.F32, 8));
        Assert.Equal(architecture, GenerativeModel.ReadFile(path).Architecture);
    }

    [Theory]
    [InlineData("m-00002-of-00003.gguf", 1, "part 2 of a model in 3 files; name the first, which ends in -00001-of-00003.gguf")]
    [InlineData("m-00001-of-00003.gguf", 0, "'m-00002-of-00003.gguf' is not beside it")]
    [InlineData("renamed.gguf", 0, "give it the name that ends in -00001-of-00003.gguf")]
    public void ReadFile_OnePartOfASplit_IsNamed(string name, int number, string part)
    {
        var path = Write(name,
            [new("general.architecture", "llama"), new("split.no", (ushort)number), new("split.count", (ushort)3)],
            GgufBytes.Zeros("x", GgmlType.F32, 8));
        Assert.Contains(part, Assert.Throws<ModelKindException>(() => GenerativeModel.ReadFile(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "Git LFS pointer")]
    [InlineData("<!DOCTYPE html><html><body>404 not found, this page does not exist</body></html>", "web page")]
    [InlineData("PK\u0003\u0004 and so on and so on", "PyTorch")]
    [InlineData("\u0080\u0002}q\u0000(X\u0005\0\0\0 and so on and so on", "pickle")]
    [InlineData("{\"model_type\": \"llama\", \"and so\": \"on and on\"}", "JSON")]
    [InlineData("\u00e0\0\0\0\u0013\0\0\0blk.0.attn_q.weight and so on", "imatrix")]
    [InlineData("lmgg and so on and so on and on", "whisper.cpp")]
    [InlineData("tjgg and so on and so on and on", "before GGUF")]
    [InlineData("\u0020\u0001\0\0\0\0\0\0{\"__metadata__\":{}}", "safetensors")]
    public void ReadFile_AnotherFormat_IsNamed(string content, string part)
    {
        var path = Path.Combine(_folder, "other.gguf");
        File.WriteAllText(path, content, System.Text.Encoding.Latin1);
        Assert.Contains(part, Assert.Throws<GgufException>(() => GenerativeModel.ReadFile(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LongName_IsCutAndOnOneLine()
    {
        var path = Write("x.gguf",
            [new("general.architecture", "llama"), new("general.name", "\u001b[31m" + new string('x', 5_000)), new("llama.block_count", 1u),
                new("llama.embedding_length", 8u), new("llama.attention.head_count", 1u)],
            GgufBytes.Zeros("x", GgmlType.F32, 8));
        var name = ModelShapeReader.Read(GenerativeModel.ReadFile(path)).Name!;
        Assert.Equal(201, name.Length);
        Assert.DoesNotContain('\u001b', name);
    }

    private string Write(string name, IReadOnlyCollection<KeyValuePair<string, object>> metadata, params GgufTensorSource[] tensors)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, GgufBytes.File(metadata, tensors));
        return path;
    }

    private static IEnumerable<KeyValuePair<string, object>> Pairs(object[] keys) =>
        keys.Chunk(2).Select(pair => new KeyValuePair<string, object>((string)pair[0], pair[1] is int number ? (uint)number : pair[1]));
}
