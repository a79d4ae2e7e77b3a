using System.Numerics.Tensors;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Native;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>A session in this process, whose scores can be read exactly.</summary>
internal sealed class TierRig : IDisposable
{
    public const int Window = 1024;
    private readonly AbortSignal _abort = new();

    private TierRig(string path)
    {
        var log = LoadedLibrary.Log;
        var shape = ModelShapeReader.Read(ModelMetadata.FromFile(path));
        Session = new ModelContext(path, GgufReader.Read(path), shape, log, _abort);
    }

    public ModelContext Session { get; }

    /// <summary>The scores after the last prompt.</summary>
    public float[] PromptScores { get; private set; } = [];

    public static TierRig Open(string path, TierPlan? tier, string kvType = "f16", int batch = 128, bool repack = true,
        ConversationPlan? conversations = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        var rig = new TierRig(path);
        try
        {
            rig.Reload(tier, repack, kvType, batch, conversations);
        }
        catch
        {
            rig.Dispose();
            throw;
        }
        return rig;
    }

    /// <summary>Loads with other options.</summary>
    public void Reload(TierPlan? tier, bool repack, string kvType = "f16", int batch = 128, ConversationPlan? conversations = null) =>
        Session.EnsureLoaded(new ModelOptions(LoadMode.Mmap, 0, repack),
            new ContextOptions(Window, kvType, true, batch, 2, 2) { Tier = tier, Conversations = conversations });

    /// <summary>Scores after a prompt in batches and after each of some greedily chosen tokens.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="generated">Tokens to choose.</param>
    /// <param name="before">The scores from which the first token is chosen after an empty prompt.</param>
    public List<float[]> Run(ReadOnlySpan<int> prompt, int generated, float[]? before = null)
    {
        var scores = new List<float[]>();
        var batch = Session.Options!.BatchTokens;
        while (prompt.Length > 0)
        {
            var count = Math.Min(batch, prompt.Length);
            Assert.True(Session.Decode(prompt[..count], wantLogits: true));
            scores.Add(Session.Logits(count).ToArray());
            prompt = prompt[count..];
            PromptScores = scores[^1];
        }
        for (var i = 0; i < generated; i++)
        {
            Assert.True(Session.Decode([TensorPrimitives.IndexOfMax(scores.Count > 0 ? scores[^1] : before)], wantLogits: true));
            scores.Add(Session.Logits(1).ToArray());
        }
        return scores;
    }

    /// <summary>Saves the state of the last prompt, as after a response.</summary>
    public SaveResult SaveState() => Session.SaveState(PromptScores);

    public void Dispose()
    {
        Session.Dispose();
        _abort.Dispose();
    }
}
