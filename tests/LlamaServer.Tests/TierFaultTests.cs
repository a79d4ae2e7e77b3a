using System.Diagnostics;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>Errors of the storage end in a clear message, and never in an answer.</summary>
[Collection("native")]
public sealed class TierFaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-tier-faults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TierPlan Tier(long memory) => new() { Folder = _folder, MemoryBytes = memory };

    private static Task<string> NanoAsync() => SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse("nano"), TestFolder.Path);

    private static TierException Refused(string path, TierPlan tier, int batch = 128) =>
        Assert.Throws<TierException>(() => TierRig.Open(path, tier, batch: batch).Dispose());

    private static long Least(TierException refusal) => refusal.RequiredBytes!.Value;

    [Fact]
    public async Task Open_NoSuchFolder_RefusedAndNothingIsMade()
    {
        var missing = Path.Combine(_folder, "not-mounted");
        Assert.Contains("there is no folder", Refused(await NanoAsync(), new TierPlan { Folder = missing, MemoryBytes = 1 << 30 }).Message);
        Assert.False(Directory.Exists(missing));
    }

    [Fact]
    public async Task Open_FolderOfAnotherServer_RefusedUntilThatIsGone()
    {
        var path = await NanoAsync();
        using (TierRig.Open(path, Tier(1 << 30)))
        {
            var refusal = Refused(path, Tier(1 << 30));
            Assert.Equal(TierProblem.FolderInUse, refusal.Problem);
            Assert.Contains($"process {Environment.ProcessId}", refusal.Message);
        }
        TierRig.Open(path, Tier(1 << 30)).Dispose();
    }

    [Fact]
    public async Task Open_LeftoversOfAKilledServer_AreDeletedAndOtherFilesStay()
    {
        var torn = Path.Combine(_folder, "memwall-state-100-0123.kv.tmp");
        var spill = Path.Combine(_folder, "memwall-spill-1-x");
        var foreign = Path.Combine(_folder, "thesis.tmp");
        foreach (var file in (string[])[torn, spill, foreign])
            File.WriteAllText(file, "x");
        TierRig.Open(await NanoAsync(), Tier(1 << 30)).Dispose();
        Assert.False(File.Exists(torn) || File.Exists(spill));
        Assert.True(File.Exists(foreign));
    }

    [Fact]
    public void Open_LeftoverThatCannotBeDeleted_RefusedAndTheFolderIsFree()
    {
        using var disk = new SmallDisk(_folder, 160 << 20);
        var tier = new TierPlan { Folder = disk.Path };
        using (disk.Keep("memwall-spill-1-0"))
        {
            var refusal = Assert.Throws<TierException>(() => new TierFolder(tier).Dispose());
            Assert.Equal(TierProblem.UnusableFolder, refusal.Problem);
            Assert.Contains("cannot be deleted", refusal.Message);
        }
        new TierFolder(tier).Dispose();
    }

    [Fact]
    public void EvictOtherWeights_OneCannotBeDeleted_TheOthersMakeRoom()
    {
        using var disk = new SmallDisk(_folder, 160 << 20);
        using var folder = new TierFolder(new TierPlan { Folder = disk.Path, StorageBytes = 1000 });
        using var kept = disk.Keep("memwall-weights-a.bin");
        var other = Path.Combine(disk.Path, "memwall-weights-b.bin");
        File.WriteAllText(other, "other");

        folder.EvictOtherWeights(1000);

        Assert.False(File.Exists(other));
        Assert.Equal(1000 - "kept".Length, folder.GetAvailableBytes(0));
    }

    [Fact]
    public void WriteState_BudgetIsUsedUp_OldStatesGoBeforeTheWeightsOfOtherModels_AndThoseInUseStay()
    {
        using var folder = new TierFolder(new TierPlan { Folder = _folder, StorageBytes = 1100 });
        string Create(string name, int bytes, int age)
        {
            var path = Path.Combine(_folder, name);
            File.WriteAllBytes(path, new byte[bytes]);
            File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-age));
            return path;
        }

        var (own, other) = (Create("memwall-weights-own.bin", 300, 9), Create("memwall-weights-other.bin", 300, 8));
        var (older, newer) = (Create("memwall-state-1-a.kv", 200, 2), Create("memwall-state-1-b.kv", 200, 1));
        folder.KeepWeights(own);

        Assert.Equal(100, folder.WriteState(100, () => { }).Bytes);
        Assert.True(File.Exists(older));
        Assert.Equal(200, folder.WriteState(200, () => { }).Bytes);
        Assert.Equal((true, true, false, true), (File.Exists(own), File.Exists(other), File.Exists(older), File.Exists(newer)));
        Assert.Equal(600, folder.WriteState(600, () => { }).Bytes);
        Assert.Equal((true, false, false), (File.Exists(own), File.Exists(other), File.Exists(newer)));
        Assert.Contains("does not fit", folder.WriteState(900, () => { }).Note);
        Assert.True(File.Exists(own));
    }

    [Fact]
    public void TryOpen_EarlierWeightsThatCannotBeOpened_GoAndAnotherFileCanBeWritten()
    {
        using var folder = new TierFolder(new TierPlan { Folder = _folder });
        var key = new string('0', 64);
        var path = folder.GetWeightsPath(key);
        File.WriteAllText(path, "earlier");

        Assert.Null(WeightsFile.TryOpen(folder, key, [new StoredWeight("a", 4, 4)],
            _ => throw new TierException(TierProblem.StorageError, "it cannot be opened")));

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Start_StorageBudgetTooSmall_RefusedWithBothNumbersAndTheFolderIsFree()
    {
        var path = await NanoAsync();
        var least = Least(Refused(path, Tier(1)));
        var refusal = Refused(path, Tier(least) with { StorageBytes = 4096 });
        Assert.Equal(TierProblem.NotEnoughStorage, refusal.Problem);
        Assert.Contains("4.00 KiB", refusal.Message);
        TierRig.Open(path, Tier(least)).Dispose();
    }

    [Fact]
    public async Task Decode_ModelCutShortWhileItStreams_FailsWithWordsAndTheNextLoadSaysSo()
    {
        var whole = await NanoAsync();
        var path = Path.Combine(_folder, "cut.gguf");
        File.Copy(whole, path);
        // Without repacking the weights come from the model's own file.
        using var rig = TierRig.Open(path, Tier(Least(Refused(path, Tier(1)))), repack: false);
        rig.Run(TinyModel.Tokens(50), 2);
        using (var file = File.OpenWrite(path))
            file.SetLength(file.Length / 2);

        var failure = Assert.Throws<TierException>(() => rig.Run(TinyModel.Tokens(50), 10));

        Assert.Contains("ended at byte", failure.Message);
        Assert.Empty(rig.Session.CachedTokens);
        rig.Session.Abort.Clear();
        Assert.Throws<TierException>(() => rig.Run(TinyModel.Tokens(50), 10));
        rig.Session.Abort.Clear();
    }

    [Fact]
    public async Task Open_FullDevice_RefusedBeforeAnythingRuns()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "needs root on Linux to mount a small file system");
        var disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk),
            "this machine does not allow mounting a small file system");
        try
        {
            var path = await NanoAsync();
            var refusal = Refused(path, new TierPlan { Folder = disk, MemoryBytes = Least(Refused(path, Tier(1))) });
            Assert.Equal(TierProblem.NotEnoughStorage, refusal.Problem);
            Assert.DoesNotContain(Directory.EnumerateFiles(disk), file => !file.EndsWith(".lock", StringComparison.Ordinal));
        }
        finally
        {
            Assert.True(Run("umount", disk));
        }
    }

    [Fact]
    public void Ring_ReadFails_TheWaiterHearsOfItAndALaterPassTriesAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        var fails = true;
        using var ring = new LayerRing("test", new RingSize(3, 2, 4096), new RingTransfers((_, _) => { }, (layer, _) =>
        {
            if (layer == 2 && fails)
                throw new TierException(TierProblem.StorageError, "Input/output error");
        }));
        ring.Acquire(0);
        ring.Release();
        Assert.Contains("Input/output error", Assert.Throws<TierException>(() =>
        {
            ring.Acquire(1);
            ring.Release();
            ring.Acquire(2);
        }).Message);
        fails = false;
        foreach (var layer in (int[])[0, 1, 2, 0])
        {
            ring.Acquire(layer);
            ring.Release();
        }
    }

    [Fact]
    public void Ring_ALayerIsThere_TheNextWasAskedForBeforeAnybodyHears()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        var asked = new List<int>();
        using var isWaitedFor = new SemaphoreSlim(1);
        using var ring = new LayerRing("test", new RingSize(5, 3, 4096),
            new RingTransfers((layer, _) => { lock (asked) asked.Add(layer); }, (_, _) => { })
            {
                WaitForMost = (_, _) => isWaitedFor.Wait(),
            });
        for (var i = 0; i < 12; i++)
        {
            ring.Acquire(i % 5);
            lock (asked)
                Assert.Equal(Enumerable.Range(0, i + 2).Select(number => number % 5), asked);
            ring.Release();
            isWaitedFor.Release();
        }
        // Waits for the request that is still running.
        isWaitedFor.Release(3);
    }

    [Fact]
    public void Ring_BrokenOffWhileALayerIsOnItsWay_ItIsAwaitedBeforeItsSlotIsUsedAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        var (underWay, most) = (0, 0);
        var random = new Random(1);
        using var ring = new LayerRing("test", new RingSize(7, 3, 4096),
            new RingTransfers((_, _) => most = Math.Max(most, ++underWay), (_, _) => { Thread.SpinWait(20_000); underWay--; }));
        for (var i = 0; i < 60; i++)
        {
            var begin = random.Next(7);
            for (var layer = begin; layer < Math.Min(7, begin + 1 + random.Next(3)); layer++)
            {
                ring.Acquire(layer);
                ring.Release();
            }
            if (i % 10 == 9)
                ring.Invalidate(() => Assert.Equal(0, underWay));
        }
        // The next read is submitted while the last transfer of the current one is under way.
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public void Ring_WriteFails_NothingGoesOnUnseen()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        using var ring = new LayerRing("test", new RingSize(3, 2, 4096), new RingTransfers((_, _) => { }, (_, _) => { },
            (layer, _) => throw new TierException(TierProblem.NotEnoughStorage, $"No space left on device, layer {layer}")));
        ring.Acquire(0);
        ring.Release();
        Assert.Equal(TierProblem.NotEnoughStorage, Assert.Throws<TierException>(ring.Flush).Problem);
    }

    [Fact]
    public void Throttle_BandwidthAndLatency_TakeAtLeastTheirTime()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        var throttle = new StorageThrottle(100_000_000, TimeSpan.FromMilliseconds(2));
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 10; i++)
            throttle.Wait(Stopwatch.GetTimestamp(), 1_000_000);
        // 10 MB at 100 MB/s, and ten times 2 ms in sequence.
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(119), $"{Stopwatch.GetElapsedTime(started)}");
    }

    [LongFact]
    public async Task Decode_Emulated_LabelledAndNoFasterThanTheDevice()
    {
        var path = await NanoAsync();
        var least = Least(Refused(path, Tier(1)));
        using var rig = TierRig.Open(path, Tier(least) with { BandwidthBytesPerSecond = 50_000_000 });
        Assert.True(rig.Session.Tier!.Report!.IsEmulated);
        Assert.InRange(rig.Session.Tier.Report.DirectReadBytesPerSecond!.Value, 10_000_000, 50_500_000);
        rig.Run(TinyModel.Tokens(20), 0);
        var before = rig.Session.Tier.Meter.Total;
        var started = Stopwatch.GetTimestamp();
        rig.Run([400], 5);
        var moved = rig.Session.Tier.Meter.Total - before;
        Assert.True((moved.Read + moved.Written) / Stopwatch.GetElapsedTime(started).TotalSeconds < 75_000_000, $"{moved}");
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
