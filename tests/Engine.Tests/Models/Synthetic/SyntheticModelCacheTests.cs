using System.Security.Cryptography;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Engine.Tests.Models.Synthetic;

public sealed class SyntheticModelCacheTests : IDisposable
{
    private static readonly SyntheticSpec s_tiny = SyntheticSpec.Parse("layers=2,embd=64,heads=4,kv=2,ff=96,vocab=600");

    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    [Fact]
    public async Task EnsureAsync_Nano_ReadsBackAsItsExactShape()
    {
        var path = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Nano, _folder, cancellation: TestContext.Current.CancellationToken);
        var metadata = ModelMetadata.FromFile(path);

        var shape = ModelShapeReader.Read(metadata);
        Assert.Equal(new AttentionLayer(6, 2, 64, 64), Assert.Single(shape.Layers.Distinct()));
        Assert.Equal(
            ("llama", "MemoryWall synthetic nano", 6, 384, 32_768, 131_072, 22_025_088L, 12_406_272L, 12_406_272L),
            (shape.Architecture, shape.Name!, shape.Layers.Count, shape.EmbeddingLength, shape.VocabularySize!.Value,
                shape.TrainedContextTokens!.Value,
                shape.ParameterCount!.Value, shape.WeightBytes!.Value, shape.ActiveWeightBytes!.Value));
        var vocabulary = VocabularyReader.Read(metadata)!;
        Assert.Equal(("gpt2", "gpt-2", 32_767, false),
            (vocabulary.Model, vocabulary.PreTokenizerName, vocabulary.EosId!.Value, vocabulary.AddBos));
        Assert.Equal(32_767 - 256, vocabulary.Merges!.Count);
    }

    [Fact]
    public void WeightBytes_LargePresets_AreTheirModels()
    {
        Assert.Equal(1_313_251_328, SyntheticSpec.OneB.WeightBytes);
        Assert.Equal(4_517_888_000, SyntheticSpec.EightB.WeightBytes, 100_000.0);
        Assert.InRange(SyntheticSpec.MoeSmall.WeightBytes, 150_000_000, 170_000_000);
        Assert.InRange(SyntheticSpec.MoeOneB.WeightBytes, 1_280_000_000, 1_330_000_000);
    }

    // Weights are not compared, so a user who could write the file could exchange them.
    [Fact]
    public async Task EnsureAsync_FileThatOthersCanWriteOrOfAnotherUser_IsWrittenAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "permissions of Unix");
        var path = await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken);
        var whole = Hash(path);
        var commands = new List<string> { "chmod 666" };
        if (Environment.IsPrivilegedProcess)
            commands.Add("chown 65534");
        foreach (var command in commands)
        {
            var bytes = File.ReadAllBytes(path);
            bytes[^1] ^= 1;
            File.WriteAllBytes(path, bytes);
            using (var tool = System.Diagnostics.Process.Start("sh", ["-c", $"{command} '{path}'"]))
                await tool.WaitForExitAsync(TestContext.Current.CancellationToken);

            await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken);

            Assert.Equal(whole, Hash(path));
            var facts = MemoryWall.Core.Files.FileFacts.Read(path)!;
            Assert.Equal((true, false), (facts.IsOwnedByThisUser, facts.IsWritableByOthers));
        }
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3moe")]
    public async Task EnsureAsync_Experts_ReadBackAsTheirShape(string architecture)
    {
        var spec = SyntheticSpec.Parse("layers=2,embd=64,heads=4,kv=2,vocab=600,weights=q8_0,experts=8,used=2,expert-width=96,"
            + $"arch={architecture}");
        var shape = ModelShapeReader.Read(ModelMetadata.FromFile(
            await SyntheticModelCache.EnsureAsync(spec, _folder, cancellation: TestContext.Current.CancellationToken)));

        Assert.Equal((architecture, 8, 2, 96L), (shape.Architecture, shape.ExpertCount!.Value, shape.ExpertUsedCount!.Value,
            shape.ExpertFeedForwardLength!.Value));
        // Three matrices of 64 × 96 in each of 8 experts and 2 layers.
        Assert.Equal(2 * 8 * 3 * 64 * 96 / 32 * 34, shape.LayerWeights!.Sum(layer => layer.ExpertBytes));
        Assert.Equal(shape.WeightBytes - 2 * 6 * 3 * 64 * 96 / 32 * 34, shape.ActiveWeightBytes);
    }

    [Theory]
    [InlineData("gpt2", "q4_0", true)]
    [InlineData("gpt2", "f16", false)]
    [InlineData("spm", "q8_0", true)]
    public async Task EnsureAsync_SameSeed_GivesTheSameFile(string tokenizer, string weights, bool tied)
    {
        var text = $"layers=2,embd=64,heads=4,kv=2,ff=96,vocab=600,tokenizer={tokenizer},weights={weights},tied={tied}";
        var first = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(text), Path.Combine(_folder, "a"),
            cancellation: TestContext.Current.CancellationToken);
        var second = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(text), Path.Combine(_folder, "b"),
            cancellation: TestContext.Current.CancellationToken);
        var other = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(text + ",seed=2"), _folder,
            cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(Path.GetFileName(first), Path.GetFileName(second));
        Assert.Equal(Hash(first), Hash(second));
        Assert.NotEqual(Path.GetFileName(first), Path.GetFileName(other));
        Assert.NotEqual(Weights(first), Weights(other));

        static byte[] Weights(string path) => File.ReadAllBytes(path)[(int)GgufReader.Read(path).DataOffset..];
    }

    [Theory]
    [InlineData("nano")]
    [InlineData("layers=2,embd=64,heads=4,kv=2,ff=96,vocab=600,tokenizer=spm,weights=q8_0,tied=false")]
    public async Task ShapeOf_WithoutAFile_IsTheShapeOfTheFile(string text)
    {
        var spec = SyntheticSpec.Parse(text);
        var file = ModelShapeReader.Read(
            ModelMetadata.FromFile(
                await SyntheticModelCache.EnsureAsync(spec, _folder, cancellation: TestContext.Current.CancellationToken)));
        var shape = SyntheticModelCache.GetShape(spec);
        Assert.Equal(file.Layers, shape.Layers);
        Assert.Equal(file.LayerWeights!, shape.LayerWeights!);
        Assert.Equal(file.WeightTensors!, shape.WeightTensors!);
        Assert.Equal(file with { Layers = [], LayerWeights = null, WeightTensors = null },
            shape with { Layers = [], LayerWeights = null, WeightTensors = null });
    }

    /// <summary>
    /// The file's bytes must not change: cached files and published figures depend on them. A change needs a new writer version.
    /// </summary>
    [Fact]
    public async Task EnsureAsync_Tiny_HasItsKnownHash()
    {
        var path = await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal("C4CC0F9CC251B8506D92F873BE62B03DA0DD01F0409D299142B691767F1510A6", Hash(path));
    }

    [Fact]
    public async Task EnsureAsync_NoTwoRowsOfTheVocabularyAreEqual_ButTheSilentOnes()
    {
        var path = await SyntheticModelCache.EnsureAsync(
            SyntheticSpec.Parse("layers=1,embd=32,heads=1,kv=1,ff=32,vocab=60000,weights=q8_0"), _folder,
            cancellation: TestContext.Current.CancellationToken);
        var header = GgufReader.Read(path);
        var rows = File.ReadAllBytes(path).AsSpan((int)header.DataOffset, (int)header.Tensors[0].Bytes).ToArray().Chunk(34)
            .Select(Convert.ToHexString).ToArray();

        Assert.Equal(50_257, rows.Distinct().Count());
        Assert.All(rows[50_256..], row => Assert.Equal(new string('0', 68), row));
    }

    [Fact]
    public async Task EnsureAsync_WholeFile_IsNotWrittenAgain()
    {
        var path = await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken);
        var written = File.GetLastWriteTimeUtc(path);
        var told = 0;

        await SyntheticModelCache.EnsureAsync(s_tiny, _folder, new Direct(_ => told++), TestContext.Current.CancellationToken);

        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
        Assert.Equal(0, told);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(-1)]
    public async Task EnsureAsync_DamagedFile_IsWrittenAnew(int cutTo)
    {
        var path = await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken);
        var hash = Hash(path);
        var bytes = File.ReadAllBytes(path);
        if (cutTo >= 0)
            bytes = bytes[..cutTo];
        else
            bytes[300] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.Equal(path, await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(hash, Hash(path));
    }

    [Fact]
    public async Task EnsureAsync_ManyAtOnce_WriteOnceAndEndWithTheWholeFile()
    {
        var written = 0;
        var progress = new Direct(part => Interlocked.Add(ref written, part == 1 ? 1 : 0));

        var paths = await Task.WhenAll(
            Enumerable.Range(0, 8)
                .Select(_ => SyntheticModelCache.EnsureAsync(s_tiny, _folder, progress, TestContext.Current.CancellationToken)));

        Assert.Single(paths.Distinct());
        Assert.Equal(1, written);
        Assert.Equal(2, ModelShapeReader.Read(ModelMetadata.FromFile(paths[0])).Layers.Count);
    }

    [Fact]
    public async Task EnsureAsync_Cancelled_LeavesNothingBehind()
    {
        using var cancel = new CancellationTokenSource();
        var spec = SyntheticSpec.Parse("layers=8,vocab=600,weights=f16");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => SyntheticModelCache.EnsureAsync(spec, _folder, new Direct(_ => cancel.Cancel()), cancel.Token));

        Assert.Empty(SyntheticModelCache.List(_folder));
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
    }

    [Fact]
    public async Task EnsureAsync_LeftoverOfAKilledWriter_IsRemoved()
    {
        var path = await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken);
        File.Delete(path);
        File.WriteAllText(path + ".1234-abc.tmp", "half");

        await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken);

        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
    }

    [Fact]
    public async Task EnsureAsync_WrongSpec_IsNamedBeforeAnythingIsWritten()
    {
        var error = await Assert.ThrowsAsync<FormatException>(
            () => SyntheticModelCache.EnsureAsync(s_tiny with { KvHeads = 3 }, _folder,
                cancellation: TestContext.Current.CancellationToken));

        Assert.Contains("kv is 3", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Delete_ListedModel_IsGone()
    {
        await SyntheticModelCache.EnsureAsync(s_tiny, _folder, cancellation: TestContext.Current.CancellationToken);
        var listed = Assert.Single(SyntheticModelCache.List(_folder));
        Assert.Equal(new FileInfo(listed.Path).Length, listed.Size.Bytes);

        SyntheticModelCache.Delete(listed);

        Assert.Empty(Directory.GetFiles(_folder));
    }

    private sealed class Direct(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
