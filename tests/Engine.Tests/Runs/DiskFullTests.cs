using MemoryWall.Core;
using MemoryWall.Core.Time;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class DiskFullTests
{
    private const string Id = "20260131-142530-7f3a91c2";

    [Fact]
    public void AppendTrial_DiskFull_SaysSoAndWhatWasWrittenStays()
    {
        using var root = new TemporaryRoot();
        using var disk = SmallDisk.MountOrSkip(root.Path, kibibytes: 256);
        var store = new RunStore(disk.Path);
        var written = 0;
        using (var writer = store.Create(StoreSamples.Manifest()))
        {
            using var log = writer.OpenServerLog();
            log.WriteLine("begun");
            var full = Assert.Throws<StoreException>(() =>
            {
                for (var number = 1; number < 10_000; number++)
                {
                    writer.AppendTrial(StoreSamples.Trial(number), StoreSamples.Marks(number));
                    written = number;
                }
            });
            Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
            Assert.StartsWith(Path.Combine(disk.Path, Id), full.FilePath, StringComparison.Ordinal);
            Assert.True(written > 10);
            log.WriteLine(new string('x', 100_000));

            Check(store.Read(Id), written);
            Assert.Empty(store.Read(Id).ReadWarnings);
            Assert.Throws<StoreException>(
                () => writer.AppendTrial(StoreSamples.Trial(written + 1), [.. Enumerable.Repeat(StoreSamples.Marks(1)[0], 5_000)]));
            Check(store.Read(Id), written);

            // With free space again, the same trial can be written, and the log reports the gap.
            disk.Grow(kibibytes: 1024);
            writer.AppendTrial(StoreSamples.Trial(written + 1), StoreSamples.Marks(written + 1));
            writer.AppendEvent(new RunEvent(new Instant(1), "note", "space again"));
            log.WriteLine("space again");
        }
        Check(store.Read(Id), written + 1);
        Assert.Contains("bytes of this log could not be written", File.ReadAllText(Path.Combine(disk.Path, Id, "server.log")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Create_DiskFull_IsAStoreException()
    {
        using var root = new TemporaryRoot();
        using var disk = SmallDisk.MountOrSkip(root.Path, kibibytes: 16);
        using (var filler = File.Create(Path.Combine(disk.Path, "filler")))
            Assert.Throws<IOException>(() => filler.Write(new byte[1 << 20]));
        Assert.Throws<StoreException>(() => new RunStore(disk.Path).Create(StoreSamples.Manifest()));
    }

    private static void Check(Run run, int trials)
    {
        Assert.Equal(Enumerable.Range(1, trials).Select(StoreSamples.Trial), run.Trials);
        Assert.All(run.Trials, trial => Assert.Equal(StoreSamples.Marks(trial.Number), run.Marks[trial.Number]));
    }
}
