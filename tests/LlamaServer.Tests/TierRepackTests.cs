using LLama.Native;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>
/// Repacked weights give the scores of the standard system to the last bit, in memory and streamed, and their file is used again only where
/// every byte of it is right.
/// </summary>
[Collection("native")]
public sealed class TierRepackTests : IDisposable
{
    private const long Plenty = 1L << 30;
    private const long MiB = 1 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-tier-repack-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TierPlan Tier(long memory) => new() { Folder = _folder, MemoryBytes = memory };

    private static Task<string> ModelAsync(string spec) => spec == "q4_k"
        ? TinyModel.KQuantAsync()
        : SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(spec), TestFolder.Path);

    private long Least(string path) =>
        Assert.Throws<TierException>(() => TierRig.Open(path, Tier(1)).Dispose()).RequiredBytes!.Value;

    private string[] Kept() => Directory.GetFiles(_folder, "memwall-weights-*");

    private static List<float[]> Scores(TierRig rig) => rig.Run(TinyModel.Tokens(200), 6);

    private static List<float[]> StandardScores(string path, bool repack = true)
    {
        using var rig = TierRig.Open(path, tier: null, repack: repack);
        return Scores(rig);
    }

    // Whether this build repacks Q4_0; without it there is nothing to test here.
    private static void SkipUnlessRepacked(TierRig rig) =>
        Assert.SkipUnless(rig.Session.Tier!.Report!.RepackedWeightBytes > 0, "this processor has no repacked kernels for these weights");

    [Theory]
    [InlineData("nano", true)]
    [LongData("nano,tied=false", true)]
    [LongData("q4_k", true)]
    [LongData("nano,weights=q8_0,tied=false", false)]
    [InlineData("nano,weights=f16", false)]
    public async Task Decode_AllFits_ScoresOfTheStandardSystemAndNothingFromStorage(string model, bool isRepacked)
    {
        var path = await ModelAsync(model);
        var standard = StandardScores(path);
        using var rig = TierRig.Open(path, Tier(Plenty));
        if (isRepacked)
            SkipUnlessRepacked(rig);
        var before = rig.Session.Tier!.Meter.Total;

        Assert.Equal(standard, Scores(rig));

        Assert.Equal(before, rig.Session.Tier.Meter.Total);
        var report = rig.Session.Tier.Report!;
        Assert.Equal((0L, 0L, 0L, null), (report.StreamedWeightBytes, report.StreamedKvBytes, report.MappedWeightBytes, report.RepackNote));
        Assert.False(rig.Session.Tier.IsStreaming);
        Assert.Empty(Kept());
    }

    [Theory]
    [LongData("nano")]
    [InlineData("q4_k")]
    public async Task Decode_Streamed_TheFileIsWrittenOnceAndUsedAgain(string model)
    {
        var path = await ModelAsync(model);
        var standard = StandardScores(path);
        var least = Least(path);
        long written;
        using (var rig = TierRig.Open(path, Tier(least)))
        {
            SkipUnlessRepacked(rig);
            written = rig.Session.Tier!.Meter.Total.Written;
            Assert.True(rig.Session.Tier.Report!.StreamedWeightBytes > 0);
            Assert.Equal(standard, Scores(rig));
        }
        var file = new FileInfo(Assert.Single(Kept()));
        Assert.True(written > file.Length - MiB, $"{written} of {file.Length} bytes were written");

        using var again = TierRig.Open(path, Tier(least));

        // What is written now is the file of the KV cache.
        Assert.True(again.Session.Tier!.Meter.Total.Written <= written - file.Length + MiB, $"{again.Session.Tier.Meter.Total}");
        Assert.Equal(standard, Scores(again));
        Assert.Equal(file.FullName, Assert.Single(Kept()));
    }

    [Theory]
    [LongData(100)] // the header
    [LongData(70_000)] // a tensor
    [InlineData(-1)] // cut short
    [LongData(-2)] // the file of another build, under this name
    public async Task Open_DamagedFile_IsWrittenAgain(int at)
    {
        var path = await ModelAsync("nano");
        var least = Least(path);
        List<float[]> expected;
        using (var rig = TierRig.Open(path, Tier(least)))
        {
            SkipUnlessRepacked(rig);
            expected = Scores(rig);
        }
        var file = Assert.Single(Kept());
        var right = File.ReadAllBytes(file);
        var damaged = right.ToArray();
        if (at == -1)
            damaged = damaged[..^4096];
        else if (at == -2)
            new TierFileHeader(new string('0', 64), 1, damaged.Length - 4096, 0).Write(damaged.AsSpan(0, 4096));
        else
            damaged[at] ^= 1;
        File.WriteAllBytes(file, damaged);

        using var again = TierRig.Open(path, Tier(least));

        Assert.Equal(expected, Scores(again));
        Assert.Equal(right, File.ReadAllBytes(Assert.Single(Kept())));
    }

    [LongFact]
    public async Task Open_NoRoomForTheFile_PlainKernelsWithAWord()
    {
        var path = await ModelAsync("nano");
        long spill, file;
        using (var rig = TierRig.Open(path, Tier(Least(path))))
        {
            SkipUnlessRepacked(rig);
            spill = rig.Session.Tier!.Report!.StreamedKvBytes!.Value;
        }
        file = new FileInfo(Assert.Single(Kept())).Length;
        File.Delete(Kept()[0]);

        using var again = TierRig.Open(path, Tier(Least(path)) with { StorageBytes = spill + file - 4096 });

        Assert.Contains("the repacked weights need", again.Session.Tier!.Report!.RepackNote);
        Assert.Equal(StandardScores(path, repack: false), Scores(again));
        Assert.Empty(Kept());
    }

    // An exception through llama.cpp would end the process.
    [Fact]
    public async Task Hook_TheFolderFailsWhileTheModelLoads_TheFailureIsToldAfterwards()
    {
        var path = await ModelAsync("nano");
        using (var rig = TierRig.Open(path, Tier(Plenty)))
            SkipUnlessRepacked(rig);
        var tensors = GgufReader.Read(path).Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Bytes);
        using var weights = new RepackedWeights(tensors, tensors.Keys, file: null, () => throw new IOException("the device is gone"));
        using var lazy = new LazyBuffers();
        using var hook = new RepackHook(weights);
        var parameters = LLamaModelParams.Default();
        parameters.use_extra_bufts = true;
        using (SafeLlamaModelHandle.LoadFromFile(path, parameters))
        {
            var failure = Assert.Throws<TierException>(hook.ThrowIfFailed);
            Assert.Equal((TierProblem.StorageError, "the device is gone"), (failure.Problem, failure.Message));
        }
    }

    [Fact]
    public async Task Open_RoomForOneFile_TheFileOfAnotherPlanGoes()
    {
        var path = await ModelAsync("nano");
        var least = Least(path);
        long budget;
        using (var rig = TierRig.Open(path, Tier(least)))
        {
            SkipUnlessRepacked(rig);
            budget = rig.Session.Tier!.Report!.StreamedKvBytes!.Value + new FileInfo(Assert.Single(Kept())).Length + MiB;
        }
        var first = Assert.Single(Kept());

        using var other = TierRig.Open(path, Tier(least + 2 * MiB) with { StorageBytes = budget });

        Assert.Null(other.Session.Tier!.Report!.RepackNote);
        Assert.True(other.Session.Tier.Report.StreamedWeightBytes > 0);
        Assert.NotEqual(first, Assert.Single(Kept()));
    }

    [LongFact]
    public async Task Decode_FileCutShortWhileItStreams_FailsAndTheNextLoadWritesItAgain()
    {
        var path = await ModelAsync("nano");
        var least = Least(path);
        List<float[]> expected;
        using (var rig = TierRig.Open(path, Tier(least)))
        {
            SkipUnlessRepacked(rig);
            expected = Scores(rig);
            using (var file = File.OpenWrite(Assert.Single(Kept())))
                file.SetLength(file.Length / 2);
            Assert.Contains("ended at byte", Assert.Throws<TierException>(() => Scores(rig)).Message);
            rig.Session.Abort.Clear();
        }
        using var again = TierRig.Open(path, Tier(least));
        Assert.Equal(expected, Scores(again));
    }

    [Fact]
    public async Task Device_BreaksWhileItStreams_FailsWithTheSystemsWords()
    {
        var path = await ModelAsync("nano");
        using var disk = new SmallDisk(_folder, 192 * MiB);
        var least = Least(path);
        var tier = new TierPlan { Folder = disk.Path, MemoryBytes = least };
        using var rig = TierRig.Open(path, tier);
        SkipUnlessRepacked(rig);
        Scores(rig);
        disk.Break(from: 2 * MiB);
        Assert.Contains("could not be read at byte", Assert.Throws<TierException>(() => rig.Run(TinyModel.Tokens(50), 10)).Message);
        Assert.Empty(rig.Session.CachedTokens);
        rig.Session.Abort.Clear();
    }

    [LongFact]
    public async Task Device_Full_PlainKernelsAndNothingIsLeft()
    {
        var path = await ModelAsync("nano");
        using var disk = new SmallDisk(_folder, 192 * MiB);
        // Memory for the whole KV cache, so that only the weights need the device.
        var least = Least(path);
        using (var rig = TierRig.Open(path, Tier(Plenty)))
            SkipUnlessRepacked(rig);
        disk.Fill(leave: 64 * MiB + 100_000);
        var memory = least;
        while (true)
        {
            using var rig = TierRig.Open(path, Tier(memory));
            if (rig.Session.Tier!.Report!.StreamedKvBytes == 0)
                break;
            memory += MiB;
        }
        using var full = TierRig.Open(path, new TierPlan { Folder = disk.Path, MemoryBytes = memory });
        Assert.True(full.Session.Tier!.Report!.StreamedWeightBytes > 0, $"{full.Session.Tier.Report}");
        Assert.Contains("the repacked weights need", full.Session.Tier.Report.RepackNote);
        Assert.Equal(StandardScores(path, repack: false), Scores(full));
        Assert.DoesNotContain(Directory.EnumerateFiles(disk.Path), file => file.Contains("memwall-weights", StringComparison.Ordinal));
    }

    [LongFact]
    public async Task EnsureLoaded_OtherOptionsAfterTheTier_AreLoadedAsTheySay()
    {
        var path = await ModelAsync("nano");
        var (standard, plain) = (StandardScores(path), StandardScores(path, repack: false));
        using var rig = TierRig.Open(path, Tier(Least(path)));
        Assert.Equal(standard, Scores(rig));
        foreach (var repack in (bool[])[true, false, true])
        {
            rig.Reload(tier: null, repack);
            Assert.Equal(repack ? standard : plain, Scores(rig));
            rig.Reload(Tier(Plenty), repack);
            Assert.Equal(repack ? standard : plain, Scores(rig));
        }
    }
}
