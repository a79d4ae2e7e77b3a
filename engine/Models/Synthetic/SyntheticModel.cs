using System.Security.Cryptography;
using System.Text;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Files;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Models.Synthetic;

/// <summary>A synthetic model, ready to be written.</summary>
internal sealed class SyntheticModel
{
    // Incremented with every change of the written bytes, so that a cached file of an older writer is not used.
    private const int WriterVersion = 1;

    private readonly IReadOnlyList<GgufTensorSource> _tensors;
    private readonly Dictionary<string, object> _metadata;
    private readonly byte[] _header;

    public SyntheticModel(SyntheticSpec spec)
    {
        _tensors = SyntheticTensors.Create(spec);
        _metadata = CreateMetadata(spec);
        _header = GgufWriter.BuildHeader(_metadata, _tensors);
        FileBytes = GgufWriter.FileBytes(_header, _tensors);
        FileName = $"{spec.Name}-{ContentKey(spec)}.gguf";
    }

    /// <summary>Size of the whole file in bytes.</summary>
    public long FileBytes { get; }

    /// <summary>The file's name: the spec's name and a hash of everything that affects its bytes.</summary>
    public string FileName { get; }

    /// <summary>The model's shape.</summary>
    public ModelShape Shape => ModelShapeReader.Read(new ModelMetadata(
        _metadata.ToDictionary(entry => entry.Key, entry => (object?)entry.Value),
        [.. _tensors.Select(tensor => new ModelTensor(tensor.Name, tensor.Dimensions, tensor.Bytes, tensor.Type))]));

    public void Write(Stream stream, IProgress<double>? progress, CancellationToken cancellation) =>
        GgufWriter.Write(stream, _header, _tensors, progress, cancellation);

    /// <summary>Whether a file is complete: its length and every byte of its header are correct. Weights are not compared, so a file of
    /// another user, or one that others can write, does not count.</summary>
    public bool IsComplete(string path)
    {
        try
        {
            using var file = RegularFile.OpenNamed(path);
            if (file.Length != FileBytes
                || FileFacts.Read(file.SafeFileHandle, path) is not { IsOwnedByThisUser: true, IsWritableByOthers: false })
                return false;
            var header = new byte[_header.Length];
            file.ReadExactly(header);
            return header.AsSpan().SequenceEqual(_header);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string ContentKey(SyntheticSpec spec) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{WriterVersion};{spec.Name};{spec}")))[..12];

    private static Dictionary<string, object> CreateMetadata(SyntheticSpec spec)
    {
        var vocabulary = SyntheticVocabulary.Create(spec);
        var experts = spec.Experts;
        var name = (experts?.Architecture ?? SyntheticArchitecture.Llama).ToString().ToLowerInvariant();
        var metadata = new Dictionary<string, object>
        {
            ["general.architecture"] = name,
            ["general.name"] = $"MemoryWall synthetic {spec.Name}",
            ["general.description"] = "Random weights: computes what a model of this shape computes, and means nothing.",
            ["general.file_type"] = spec.Weights switch { GgmlType.F16 => 1u, GgmlType.Q8_0 => 7u, _ => 2u }, // llama_ftype
            ["general.quantization_version"] = 2u,
            ["memwall.spec"] = spec.ToString(),
            ["memwall.writer_version"] = (uint)WriterVersion,
            [$"{name}.block_count"] = (uint)spec.Layers,
            [$"{name}.context_length"] = (uint)spec.ContextTokens,
            [$"{name}.embedding_length"] = (uint)spec.Embedding,
            // llama.cpp takes the width of llama's experts from here.
            [$"{name}.feed_forward_length"] = (uint)(experts?.Width ?? spec.FeedForward),
            [$"{name}.attention.head_count"] = (uint)spec.Heads,
            [$"{name}.attention.head_count_kv"] = (uint)spec.KvHeads,
            [$"{name}.attention.layer_norm_rms_epsilon"] = 1e-5f,
            [$"{name}.rope.dimension_count"] = (uint)spec.HeadWidth,
            [$"{name}.rope.freq_base"] = 500_000f,
            [$"{name}.vocab_size"] = (uint)spec.Vocabulary,
        };
        if (experts is not null)
            AddExperts(metadata, name, experts);
        if (ExpertLocality.Find(spec) is { } reached)
        {
            metadata["memwall.expert_hits_of_eighth"] = (float)reached.HitsOfEighth;
            metadata["memwall.expert_hits_of_quarter"] = (float)reached.HitsOfQuarter;
        }
        AddVocabulary(metadata, vocabulary);
        return metadata;
    }

    private static void AddExperts(Dictionary<string, object> metadata, string name, SyntheticExperts experts)
    {
        metadata[$"{name}.expert_count"] = (uint)experts.Count;
        metadata[$"{name}.expert_used_count"] = (uint)experts.Used;
        metadata[$"{name}.expert_feed_forward_length"] = (uint)experts.Width;
    }

    private static void AddVocabulary(Dictionary<string, object> metadata, Vocabulary vocabulary)
    {
        metadata["tokenizer.ggml.model"] = vocabulary.Model;
        metadata["tokenizer.ggml.pre"] = vocabulary.PreTokenizerName!;
        metadata["tokenizer.ggml.tokens"] = vocabulary.Tokens.ToArray();
        metadata["tokenizer.ggml.token_type"] = vocabulary.Kinds.Select(kind => (int)kind).ToArray();
        if (vocabulary.Merges is { } merges)
            metadata["tokenizer.ggml.merges"] = merges.ToArray();
        if (vocabulary.Scores is { } scores)
            metadata["tokenizer.ggml.scores"] = scores.ToArray();
        metadata["tokenizer.ggml.bos_token_id"] = (uint)vocabulary.BosId!;
        metadata["tokenizer.ggml.eos_token_id"] = (uint)vocabulary.EosId!;
        metadata["tokenizer.ggml.add_bos_token"] = vocabulary.AddBos;
        metadata["tokenizer.ggml.add_eos_token"] = false;
        metadata["tokenizer.ggml.add_space_prefix"] = vocabulary.AddSpacePrefix;
    }
}
