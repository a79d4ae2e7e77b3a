using System.Text;
using MemoryWall.Core;
using MemoryWall.Core.Time;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class RunWriterTests
{
    private const string Id = "20260131-142530-7f3a91c2";

    [Fact]
    public void AppendTrial_NumberThatWasUsed_IsRefused()
    {
        using var root = new TemporaryRoot();
        using var writer = new RunStore(root.Path).Create(StoreSamples.Manifest());
        writer.AppendTrial(StoreSamples.Trial(3), []);
        Assert.Throws<ArgumentException>(() => writer.AppendTrial(StoreSamples.Trial(3), []));
        Assert.Throws<ArgumentException>(() => writer.AppendTrial(StoreSamples.Trial(0), []));
        writer.AppendTrial(StoreSamples.Trial(1), []);
        Assert.Equal(4, writer.NextTrialNumber);
    }

    [Fact]
    public void Resume_RunInUse_IsRefusedUntilItsWriterLetsGo()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        using (store.Create(StoreSamples.Manifest()))
        {
            var refused = Assert.Throws<StoreException>(() => store.Resume(Id));
            Assert.Contains("another process is writing this run", refused.Message, StringComparison.Ordinal);
            using var other = store.Create(StoreSamples.Manifest("another"));
        }
        using var next = store.Resume(Id);
        next.AppendTrial(StoreSamples.Trial(next.NextTrialNumber), []);
    }

    [Fact]
    public void Resume_NumbersOfTrialsThatWereBegunAndLost_AreNotUsedAgain()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        using (var writer = store.Create(StoreSamples.Manifest()))
        {
            writer.AppendTrial(StoreSamples.Trial(1), StoreSamples.Marks(1));
            writer.AppendEvent(new RunEvent(new Instant(1), "trial_started", "", 4));
        }
        File.AppendAllText(root.File(Id, "tokens.csv"), "7,chunk,,1.5,\n");
        using (var writer = store.Resume(Id))
        {
            Assert.Equal(8, writer.NextTrialNumber);
            Assert.Throws<ArgumentException>(() => writer.AppendTrial(StoreSamples.Trial(7), []));
            Assert.Equal([StoreSamples.Trial(1)], writer.ExistingRun.Trials);
        }
        var run = store.Read(Id);
        Assert.Equal([1], run.Marks.Keys);
        Assert.Equal(["tokens.csv: 1 marks of trial 7 are skipped because trials.csv has no row of it"], run.ReadWarnings);
    }

    [Fact]
    public void Resume_OtherColumns_IsRefusedAndNothingChanges()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        store.Create(StoreSamples.Manifest()).Dispose();
        File.WriteAllText(root.File(Id, "trials.csv"), "number,context_tokens,repetition\n1,2048,1\n1,2");
        Assert.Contains("other columns", Assert.Throws<StoreException>(() => store.Resume(Id)).Message, StringComparison.Ordinal);
        Assert.EndsWith("1,2", File.ReadAllText(root.File(Id, "trials.csv")), StringComparison.Ordinal);
    }

    [Theory]
    [LongData("trials.csv")]
    [InlineData("tokens.csv")]
    [InlineData("events.jsonl")]
    public void ReadAndResume_FileCutAtEveryByte_KeepsEveryCompleteLine(string name)
    {
        using var root = new TemporaryRoot(inMemory: true);
        var store = new RunStore(root.Path);
        using (var writer = store.Create(StoreSamples.Manifest()))
        {
            for (var number = 1; number <= 3; number++)
            {
                writer.AppendTrial(StoreSamples.Trial(number), StoreSamples.Marks(number));
                writer.AppendEvent(new RunEvent(new Instant(number), "note", "é \"😀\"\n", number));
            }
        }
        var path = root.File(Id, name);
        var whole = File.ReadAllBytes(path);
        var other = new[] { "trials.csv", "tokens.csv", "events.jsonl" }.ToDictionary(file => file,
            file => File.ReadAllBytes(root.File(Id, file)));
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            foreach (var (file, bytes) in other)
                File.WriteAllBytes(root.File(Id, file), bytes);
            File.WriteAllBytes(path, whole[..cut]);
            File.Delete(path + ".torn");
            var lines = whole[..cut].Count(b => b == '\n');
            var torn = cut - (whole.AsSpan(0, cut).LastIndexOf((byte)'\n') + 1);

            var read = store.Read(Id);
            Check(read, name, lines, torn);

            using (var writer = store.Resume(Id))
            {
                Check(writer.ExistingRun, name, lines, torn);
                writer.AppendTrial(StoreSamples.Trial(10), StoreSamples.Marks(10));
                writer.AppendEvent(new RunEvent(new Instant(10), "note", "", 10));
            }
            var resumed = store.Read(Id);
            Assert.Equal([.. read.Trials, StoreSamples.Trial(10)], resumed.Trials);
            Assert.Equal(StoreSamples.Marks(10), resumed.Marks[10]);
            Assert.Equal(read.Events.Count + 1, resumed.Events.Count);
            Assert.Equal(torn > 0, File.Exists(path + ".torn"));
            if (torn > 0)
                Assert.Equal([.. whole[(cut - torn)..cut], (byte)'\n'], File.ReadAllBytes(path + ".torn"));
            Assert.Equal(whole[..(cut - torn)], File.ReadAllBytes(path)[..(cut - torn)]);
            Assert.DoesNotContain(resumed.ReadWarnings,
                text => text.Contains("damaged", StringComparison.Ordinal) || text.Contains("middle of a line", StringComparison.Ordinal));
        }
    }

    private static void Check(Run run, string cutFile, int lines, int torn)
    {
        Assert.Equal(cutFile == "trials.csv" ? Math.Max(0, lines - 1) : 3, run.Trials.Count);
        Assert.Equal(Enumerable.Range(1, run.Trials.Count).Select(StoreSamples.Trial), run.Trials);
        Assert.Equal(cutFile == "events.jsonl" ? lines : 3, run.Events.Count);
        if (cutFile == "tokens.csv")
            Assert.Equal(Math.Max(0, lines - 1), run.Marks.Values.Sum(marks => marks.Count));
        Assert.Equal(torn > 0,
            run.ReadWarnings.Any(text => text.StartsWith(cutFile + ": ends in the middle of a line", StringComparison.Ordinal)));
    }

    [Fact]
    public void OpenServerLog_ManyThreads_WritesWholeLinesAndKeepsTheNewest()
    {
        using var root = new TemporaryRoot();
        var path = Path.Combine(root.Path, "server.log");
        using (var log = new RotatingLog(path, maxBytes: 10_000))
        {
            Parallel.For(0, 4, thread =>
            {
                using var writer = new StreamWriter(log, new UTF8Encoding(false), 1024, leaveOpen: true)
                {
                    AutoFlush = true,
                    NewLine = "\n"
                };
                for (var i = 0; i < 1000; i++)
                    writer.WriteLine($"thread {thread} line {i:0000}");
            });
        }
        var lines = File.ReadAllLines(path + ".1").Concat(File.ReadAllLines(path)).ToList();
        Assert.All(lines, line => Assert.Matches("^thread [0-3] line [0-9]{4}$", line));
        Assert.Contains(lines, line => line.EndsWith("line 0999", StringComparison.Ordinal));
        Assert.InRange(new FileInfo(path).Length, 1, 10_000);
        Assert.InRange(new FileInfo(path + ".1").Length, 1, 10_000);
    }

    [Fact]
    public void OpenServerLog_AfterTheRunIsClosed_IgnoresLateWords()
    {
        using var root = new TemporaryRoot();
        var writer = new RunStore(root.Path).Create(StoreSamples.Manifest());
        using var log = writer.OpenServerLog();
        log.WriteLine("ready é");
        writer.Dispose();
        log.WriteLine("late");
        Assert.Equal("ready é\n", File.ReadAllText(root.File(Id, "server.log")));
    }
}
