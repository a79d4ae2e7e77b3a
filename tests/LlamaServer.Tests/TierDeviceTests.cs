using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>A full device, and a device that fails while it is used.</summary>
[Collection("native")]
public sealed class TierDeviceTests : IDisposable
{
    private const long MiB = 1 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-tier-device-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Task<string> NanoAsync() => SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse("nano"), TestFolder.Path);

    private static TierPlan Tier(string folder, long memory) => new() { Folder = folder, MemoryBytes = memory };

    private static long Least(string path, string folder) =>
        Assert.Throws<TierException>(() => TierRig.Open(path, Tier(folder, 1)).Dispose()).RequiredBytes!.Value;

    [LongFact]
    public async Task Device_Full_SpillIsRefusedAndAStateIsNotSaved()
    {
        var path = await NanoAsync();
        using var disk = new SmallDisk(_folder, 160 * MiB);
        disk.Fill(leave: 64 * MiB + 100_000);
        Assert.Equal(TierProblem.NotEnoughStorage,
            Assert.Throws<TierException>(() => TierRig.Open(path, Tier(disk.Path, Least(path, disk.Path))).Dispose()).Problem);
        using var rig = TierRig.Open(path, Tier(disk.Path, 1L << 30));
        var prompt = TinyModel.Tokens(900);
        var scores = rig.Run(prompt, 2);

        rig.Session.RollBack(prompt.Length);
        Assert.Contains("does not fit", rig.SaveState().Note);

        // The computation continues.
        rig.Session.KeepPrefix(0);
        Assert.Equal(scores, rig.Run(prompt, 2));
        Assert.DoesNotContain(Directory.EnumerateFiles(disk.Path), file => file.Contains("memwall-state", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Device_BreaksWhileItStreams_FailsWithTheSystemsWords()
    {
        using var disk = new SmallDisk(_folder, 160 * MiB);
        var path = Path.Combine(disk.Path, "nano.gguf");
        File.Copy(await NanoAsync(), path);
        var tier = Directory.CreateDirectory(Path.Combine(_folder, "tier")).FullName;
        // Without repacking the weights come from the model's own file.
        using var rig = TierRig.Open(path, Tier(tier, Least(path, tier)), repack: false);
        rig.Run(TinyModel.Tokens(50), 2);
        disk.Break(from: 2 * MiB);

        var failure = Assert.Throws<TierException>(() => rig.Run(TinyModel.Tokens(50), 10));

        Assert.Contains("could not be read at byte", failure.Message);
        Assert.Empty(rig.Session.CachedTokens);
        rig.Session.Abort.Clear();
    }
}
