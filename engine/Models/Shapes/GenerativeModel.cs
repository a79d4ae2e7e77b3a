using System.Globalization;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Shapes;

/// <summary>Tells files and models apart that generate no text from token to token: everything else in GGUF files.</summary>
internal static class GenerativeModel
{
    private const string DiffusionLanguageModel = "a diffusion language model, which computes the whole answer in every step";
    private const string ImageModel = "an image or video model";
    private const string Draft = "a draft model, which drafts tokens for another model and generates no text alone";
    private const string Speech = "a speech model, which generates sound and no text";
    private const string Encoder = "an encoder (embedding model), which reads a text and generates none";

    // The names that llama.cpp has for architectures (llama-arch.cpp, and its own tools for control vectors), that the converters of
    // whisper write, and that ComfyUI-GGUF reads as image models. Models with a pooling type are not here: llama-server answers prompts
    // with them as with any other of their architecture.
    private static readonly Dictionary<string, string> s_kinds = new(StringComparer.Ordinal)
    {
        ["clip"] = "a projector for images or sound (mmproj), which belongs beside its model",
        ["controlvector"] = "a control vector, which belongs beside its model",
        ["wavtokenizer-dec"] = "a decoder of sound",
        ["qwen3tts"] = Speech,
        ["pockettts"] = Speech,
        ["whisper"] = "a speech recognition model (whisper), which reads sound",
        ["eagle3"] = Draft,
        ["dflash"] = Draft,
        ["gemma4-assistant"] = Draft,
        ["t5"] = "an encoder-decoder model: servers put the prompt into its decoder, so that the times would not be those of the model",
        ["pig"] = ImageModel,
    };

    static GenerativeModel()
    {
        foreach (var name in new[]
        {
            "bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3", "eurobert",
            "gemma-embedding", "gemma-embedding2", "t5encoder", "llama-embed",
        })
            s_kinds.Add(name, Encoder);
        foreach (var name in new[] { "dream", "llada", "llada-moe", "rnd1" })
            s_kinds.Add(name, DiffusionLanguageModel);
        foreach (var name in new[]
        {
            "flux", "sd1", "sdxl", "sd3", "aura", "hidream", "cosmos", "ltxv", "hyvid", "wan", "lumina2", "qwen_image",
        })
            s_kinds.Add(name, ImageModel);
    }

    /// <summary>Reads the metadata of a file that is to generate text.</summary>
    /// <exception cref="ModelKindException">It is something else, or one part of a model.</exception>
    /// <exception cref="GgufException">It is not a GGUF file, or it is damaged or truncated.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static ModelMetadata ReadFile(string path)
    {
        if (Directory.Exists(path))
            throw new ModelKindException("it is a folder; name the .gguf file in it");
        var header = GgufReader.Read(path);
        if (DescribePart(path, header) is { } part)
            throw new ModelKindException(part);
        return Check(header, () => ModelMetadata.FromFile(path, header));
    }

    /// <summary>The metadata of a model that is to generate text, from the headers of all of its files.</summary>
    /// <exception cref="ModelKindException">It is something else.</exception>
    public static ModelMetadata FromHeaders(IReadOnlyList<GgufHeader> headers) =>
        Check(headers[0], () => ModelMetadata.FromHeaders(headers));

    private static ModelMetadata Check(GgufHeader header, Func<ModelMetadata> read)
    {
        if (DescribeTensors(header.Tensors) is { } kind)
            throw new ModelKindException($"it is {kind}");
        var metadata = read();
        Check(metadata);
        // The first file of a split model may have none.
        if (header.Tensors.Count == 0 && SplitGgufReader.CountFiles(header) <= 1 && metadata.ContainsKey("tokenizer.ggml.tokens"))
            throw new ModelKindException("it is a vocabulary without weights (a vocabulary-only file)");
        return metadata;
    }

    /// <summary>Checks what metadata say about the kind of model.</summary>
    /// <exception cref="ModelKindException">It generates no text.</exception>
    public static void Check(ModelMetadata metadata)
    {
        if (DescribeKind(metadata) is { } kind)
            throw new ModelKindException($"it is {kind}");
    }

    private static string? DescribeKind(ModelMetadata metadata)
    {
        var architecture = metadata.TextOrNull("general.architecture") ?? "";
        return metadata.TextOrNull("general.type") switch
        {
            "adapter" => metadata.TextOrNull("adapter.type") is { } type and not "lora"
                ? $"an adapter ({type}), which belongs beside its model"
                : "a LoRA adapter, which belongs beside its model",
            "mmproj" => s_kinds["clip"],
            "imatrix" => "an importance matrix (imatrix), which is data for quantising a model",
            _ when s_kinds.TryGetValue(architecture, out var known) => known,
            _ when metadata.Keys.Any(key => key.StartsWith("diffusion.", StringComparison.Ordinal)) => DiffusionLanguageModel,
            _ when metadata.ContainsKey("adapter.type") => "a LoRA adapter, which belongs beside its model",
            _ when metadata.ContainsKey($"{architecture}.attention.causal") && metadata.Flag($"{architecture}.attention.causal") == false
                => "a model without causal attention (an encoder or a diffusion model), which generates no text token by token",
            _ => null,
        };
    }

    private static string? DescribeTensors(IReadOnlyList<GgufTensor> tensors) =>
        tensors.Count == 0 ? null
        : tensors.All(tensor => tensor.Name.EndsWith(".lora_a", StringComparison.Ordinal)
            || tensor.Name.EndsWith(".lora_b", StringComparison.Ordinal)) ? "a LoRA adapter, which belongs beside its model"
        : tensors.All(tensor => tensor.Name.EndsWith(".in_sum2", StringComparison.Ordinal)
            || tensor.Name.EndsWith(".counts", StringComparison.Ordinal))
            ? "an importance matrix (imatrix), which is data for quantising a model"
        // Checkpoints of image models that were converted as they are have no architecture.
        : tensors.Any(tensor => tensor.Name.StartsWith("model.diffusion_model.", StringComparison.Ordinal)) ? ImageModel
        : null;

    private static string? DescribePart(string path, GgufHeader header)
    {
        var count = SplitGgufReader.CountFiles(header);
        if (count <= 1)
            return null;
        var number = SplitGgufReader.ReadNumber(header) + 1;
        if (number != 1)
            return string.Create(CultureInfo.InvariantCulture,
                $"it is part {number} of a model in {count} files; name the first, which ends in {SplitGgufReader.FormatEnd(1, count)}");
        var files = SplitGgufReader.ListFiles(path, header);
        if (files.Count != count)
            return string.Create(CultureInfo.InvariantCulture,
                $"it is the first part of a model in {count} files; give it the name that ends in {SplitGgufReader.FormatEnd(1, count)}, "
                + $"as llama.cpp does");
        return files.FirstOrDefault(file => !File.Exists(file)) is { } missing
            ? string.Create(CultureInfo.InvariantCulture,
                $"it is the first part of a model in {count} files, and '{Path.GetFileName(missing)}' is not beside it")
            : null;
    }
}

/// <summary>A file or a model is valid, but generates no text. The message says what it is.</summary>
internal sealed class ModelKindException(string message) : ModelFormatException(message);
