using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;

namespace MemoryWall.Notebooks.Tests;

public class RunsTests
{
    [Fact]
    public void Open_Sample_HasNoWarnings()
    {
        foreach (var sample in Runs.Samples())
        {
            var runs = Directory.GetDirectories(Path.Combine(NotebookFolders.Data, sample));
            Assert.All(runs, folder => Assert.Empty(Runs.Open(folder).ReadWarnings));
        }
        Assert.Contains("samples/context-sweep", Runs.Samples());
    }

    [Fact]
    public void Open_NoSuchSample_SaysSo() => Assert.Throws<StoreException>(() => Runs.OpenAll("samples/nothing-*"));

    [Fact]
    public void Open_Bundle_IsTheRunAndChecked()
    {
        var folder = Directory.GetDirectories(Path.Combine(NotebookFolders.Data, "samples", "kv-f16")).Single();
        var path = Path.Combine(Directory.CreateTempSubdirectory("memwall-bundle-").FullName, "one.zip");
        try
        {
            using (var file = File.Create(path))
                RunArchive.Write(file, [(Path.GetFileName(folder), folder)]);
            var run = Runs.Open(path);
            Assert.Equal(Runs.Open(folder).Trials.Select(trial => $"{trial}"), run.Trials.Select(trial => $"{trial}"));
            Assert.Contains("trials.csv", ProvenanceRegistry.ToJson(), StringComparison.Ordinal);

            File.AppendAllText(path, "x");
            File.WriteAllBytes(path, [.. File.ReadAllBytes(path).Select((value, i) => i == 300 ? (byte)~value : value)]);
            Assert.Throws<StoreException>(() => Runs.Open(path));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Fact]
    public void Combine_SameKind_HasNumbersOfItsOwn()
    {
        var together = Runs.Combine(Sample.Run([Sample.Trial(1, 2048, 1, 1), Sample.Trial(2, 4096, 2, 1)]),
            Sample.Run([Sample.Trial(1, 8192, 4, 1)], "run-b"));
        Assert.Equal([1, 2, 3], together.Trials.Select(trial => trial.Number));
        Assert.Equal(3, Runs.Analysis(together).Contexts.Count);
    }

    [Fact]
    public void Combine_AnotherModel_IsRefusedWithTheDifference()
    {
        var error = Assert.Throws<ArgumentException>(
            () => Runs.Combine(Sample.Run([Sample.Trial(1, 2048, 1, 1)]),
                Sample.Run([Sample.Trial(1, 2048, 1, 1)], "run-b", model: "small")));
        Assert.Contains("model (nano and small)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void View_HostileModel_IsText()
    {
        var run = Sample.Run([Sample.Trial(1, 2048, 1, 1), Sample.Failed(2, 4096, new Refused(500, Sample.Hostile))],
            model: Sample.Hostile);
        var html = MemoryWall.Notebooks.Views.RunView.Create(RunReport.Create(run)).Html;
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain(html, letter => letter != '\n' && SafeText.IsUnsafe(letter));
    }
}
