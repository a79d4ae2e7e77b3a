using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Native;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>Errors of the storage that the experts come from end in a clear message, and never in an answer.</summary>
[Collection("native")]
public sealed class ExpertFaultTests : IDisposable
{
    private const long MiB = 1 << 20;

    // The bytes of an expert are not whole pages, so they are copied to the tier's folder.
    private const string Copied = "layers=3,embd=256,heads=4,kv=2,vocab=2048,experts=12,used=2,expert-width=96,weights=q8_0";
    private const string Plain = "layers=3,embd=256,heads=4,kv=2,vocab=2048,experts=12,used=2,expert-width=512,weights=q8_0";
    private const int Batch = 64;

    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-expert-faults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TierPlan Tier(string folder, long memory) => new() { Folder = folder, MemoryBytes = memory };

    private static TierRig Open(string path, TierPlan tier) => TierRig.Open(path, tier, batch: Batch);

    private static long Least(string path, string folder) =>
        Assert.Throws<TierException>(() => Open(path, Tier(folder, 1)).Dispose()).RequiredBytes!.Value;

    private static Task<string> ModelAsync(string spec) => SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(spec), TestFolder.Path);

    private string[] Copies() => Directory.GetFiles(_folder, "memwall-weights-*");

    [Theory]
    [LongData(100)] // the header
    [LongData(70_000)] // an expert
    [InlineData(-1)] // cut short
    public async Task Open_DamagedCopy_IsWrittenAgain(int at)
    {
        var path = await ModelAsync(Copied);
        var tier = Tier(_folder, Least(path, _folder));
        List<float[]> expected;
        using (var rig = Open(path, tier))
            expected = rig.Run(TinyModel.Tokens(100), 4);
        var copy = Assert.Single(Copies());
        var bytes = File.ReadAllBytes(copy);
        var damaged = (byte[])bytes.Clone();
        if (at < 0)
            damaged = damaged[..^4096];
        else
            damaged[at] ^= 1;
        File.WriteAllBytes(copy, damaged);

        using (var rig = Open(path, tier))
            Assert.Equal(expected, rig.Run(TinyModel.Tokens(100), 4));

        Assert.Equal(bytes, File.ReadAllBytes(Assert.Single(Copies())));
    }

    [LongFact]
    public async Task Open_SameModel_TheCopyIsUsedAgainAndThatOfAnotherModelIsNot()
    {
        var path = await ModelAsync(Copied);
        var tier = Tier(_folder, Least(path, _folder));
        Open(path, tier).Dispose();
        var copy = Assert.Single(Copies());
        using (var rig = Open(path, tier))
            Assert.True(rig.Session.Tier!.Meter.Total.Written < new FileInfo(copy).Length);
        Open(await ModelAsync(Copied + ",seed=2"), tier).Dispose();

        Assert.Contains(copy, Copies());
        Assert.Equal(2, Copies().Length);
    }

    [LongFact]
    public async Task Open_CopyOfAnotherBuildUnderTheName_IsWrittenAgain()
    {
        // Another build's copy has another name. Renamed, it has the right length and a header that is whole, of other bytes.
        var path = await ModelAsync(Copied);
        var tier = Tier(_folder, Least(path, _folder));
        List<float[]> expected;
        using (var rig = Open(path, tier))
            expected = rig.Run(TinyModel.Tokens(100), 4);
        var copy = Assert.Single(Copies());
        var bytes = File.ReadAllBytes(copy);
        File.Delete(copy);
        Open(await ModelAsync(Copied + ",seed=2"), tier).Dispose();
        File.Move(Assert.Single(Copies()), copy);
        Assert.Equal(bytes.Length, new FileInfo(copy).Length);

        using (var rig = Open(path, tier))
            Assert.Equal(expected, rig.Run(TinyModel.Tokens(100), 4));

        Assert.Equal(bytes, File.ReadAllBytes(copy));
    }

    [Fact]
    public async Task Open_FolderOfAnotherServer_RefusedAndItsCopyStaysInUse()
    {
        var path = await ModelAsync(Copied);
        var tier = Tier(_folder, Least(path, _folder));
        using (var first = Open(path, tier))
        {
            var expected = first.Run(TinyModel.Tokens(100), 4);
            var refusal = Assert.Throws<TierException>(() => Open(path, tier).Dispose());
            Assert.Equal(TierProblem.FolderInUse, refusal.Problem);
            Assert.Contains($"process {Environment.ProcessId}", refusal.Message);
            first.Session.KeepPrefix(0);
            Assert.Equal(expected, first.Run(TinyModel.Tokens(100), 4));
        }
        Assert.Single(Copies());
        Open(path, tier).Dispose();
    }

    [Fact]
    public async Task Open_LeftoverOfAKilledServer_IsDeleted()
    {
        var path = await ModelAsync(Copied);
        var torn = Path.Combine(_folder, "memwall-weights-0123.bin.tmp");
        File.WriteAllText(torn, "half");
        Open(path, Tier(_folder, Least(path, _folder))).Dispose();
        Assert.False(File.Exists(torn));
    }

    [Fact]
    public async Task Open_NoRoomForTheCopy_RefusedWithBothNumbersAndTheFolderIsFree()
    {
        var path = await ModelAsync(Copied);
        var tier = Tier(_folder, Least(path, _folder));
        var refusal = Assert.Throws<TierException>(() => Open(path, tier with { StorageBytes = 4096 }).Dispose());
        Assert.Equal(TierProblem.NotEnoughStorage, refusal.Problem);
        Assert.Contains("storage_bytes 4096", refusal.Message);
        Assert.StartsWith("the copies of the streamed weights need", refusal.Message);
        Assert.Empty(Copies());
        Open(path, tier).Dispose();
    }

    [Fact]
    public async Task Device_Full_RefusedAndNothingIsLeft()
    {
        var path = await ModelAsync(Copied);
        var memory = Least(path, _folder);
        using var disk = new SmallDisk(_folder, 160 * MiB);
        disk.Fill(leave: 64 * MiB + 100_000);

        var refusal = Assert.Throws<TierException>(() => Open(path, Tier(disk.Path, memory)).Dispose());

        Assert.Equal(TierProblem.NotEnoughStorage, refusal.Problem);
        Assert.Empty(Directory.GetFiles(disk.Path, "memwall-weights-*"));
    }

    [Fact]
    public async Task Decode_ModelCutShortWhileItStreams_FailsWithWordsAndSoDoesTheNextPrompt()
    {
        var path = Path.Combine(_folder, "cut.gguf");
        File.Copy(await ModelAsync(Plain), path);
        using var rig = Open(path, Tier(_folder, Least(path, _folder)));
        rig.Run(TinyModel.Tokens(50), 2);
        using (var file = File.OpenWrite(path))
            file.SetLength(file.Length / 2);
        for (var i = 0; i < 2; i++)
        {
            var failure = Assert.Throws<TierException>(() => rig.Run(TinyModel.Tokens(50), 20));
            Assert.Contains("ended at byte", failure.Message);
            Assert.Empty(rig.Session.CachedTokens);
            rig.Session.Abort.Clear();
        }
    }

    [Fact]
    public async Task Device_BreaksWhileItStreams_FailsWithTheSystemsWords()
    {
        using var disk = new SmallDisk(_folder, 160 * MiB);
        var path = Path.Combine(disk.Path, "moe.gguf");
        File.Copy(await ModelAsync(Plain), path);
        var tier = Directory.CreateDirectory(Path.Combine(_folder, "tier")).FullName;
        using var rig = Open(path, Tier(tier, Least(path, tier)));
        rig.Run(TinyModel.Tokens(50), 2);
        disk.Break(from: 2 * MiB);

        var failure = Assert.Throws<TierException>(() => rig.Run(TinyModel.Tokens(50), 20));

        Assert.Contains("could not be read at byte", failure.Message);
        Assert.Empty(rig.Session.CachedTokens);
        rig.Session.Abort.Clear();
    }

    [Fact]
    public async Task Decode_StoppedInTheMiddle_TheNextPromptIsRight()
    {
        var path = await ModelAsync(Plain);
        using var rig = Open(path, Tier(_folder, Least(path, _folder)));
        var prompt = TinyModel.Tokens(150);
        var expected = rig.Run(prompt, 4);
        var counter = new StopAfter(rig.Session.Abort, int.MaxValue);
        rig.Session.KeepPrefix(0);
        using (rig.Session.AddListener(counter))
            Assert.True(rig.Session.Decode(TinyModel.Tokens(Batch), wantLogits: true));
        const int Stops = 6;
        for (var i = 0; i < Stops; i++)
        {
            rig.Session.KeepPrefix(0);
            using (rig.Session.AddListener(new StopAfter(rig.Session.Abort, counter.Nodes * i / Stops)))
                Assert.False(rig.Session.Decode(TinyModel.Tokens(Batch, seed: i), wantLogits: true));
            rig.Session.Abort.Clear();
            rig.Session.KeepPrefix(0);
            Assert.Equal(expected, rig.Run(prompt, 4));
        }
    }

    private sealed class StopAfter(AbortSignal abort, int nodes) : INodeListener
    {
        public int Nodes { get; private set; }

        public bool OnNodeStarting(nint tensor)
        {
            if (Nodes++ == nodes)
                abort.Request();
            return false;
        }

        public void OnNodeDone(nint tensor)
        {
        }
    }
}
