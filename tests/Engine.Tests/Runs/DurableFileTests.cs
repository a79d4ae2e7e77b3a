using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>A file appears as a whole, also where several write it at once, and nothing temporary stays.</summary>
public sealed class DurableFileTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    private string File => Path.Combine(_root.Path, "label.json");

    public void Dispose() => _root.Dispose();

    // The names of a race are fresh each time, since a file that exists already is always seen.
    [Fact]
    public void WriteNew_ManyAtOnce_OneWinsAsAWhole()
    {
        for (var race = 0; race < 20; race++)
        {
            WriteAtOnce();
            System.IO.File.Delete(File);
        }
    }

    private void WriteAtOnce()
    {
        var won = Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(8).Select(Try).Where(number => number is not null).ToList();

        var content = System.IO.File.ReadAllBytes(File);
        Assert.Equal((byte)Assert.Single(won)!, Assert.Single(content.Distinct()));
        Assert.Equal(1 << 16, content.Length);
        Assert.Equal([File], Directory.GetFiles(_root.Path));

        int? Try(int number)
        {
            try
            {
                DurableFile.WriteNew(File, Enumerable.Repeat((byte)number, 1 << 16).ToArray());
                return number;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    [Fact]
    public void Replace_ManyAtOnce_LeavesOneOfThemAsAWhole()
    {
        Parallel.For(0, 32, number => DurableFile.Replace(File, Enumerable.Repeat((byte)number, 1 << 16).ToArray()));

        Assert.Single(System.IO.File.ReadAllBytes(File).Distinct());
        Assert.Equal([File], Directory.GetFiles(_root.Path));
        Assert.False(FileFacts.Read(File)!.IsWritableByOthers);
    }

    [Theory]
    [InlineData("run.json", true)]
    [InlineData("run.json.tmp", true)]
    [InlineData("run.json.0123abcd.tmp", true)]
    [InlineData("run.seal.0123abcd.tmp", true)]
    [InlineData("telemetry-2.parquet.tmp", true)]
    [InlineData("run.json.0123abcd", false)]
    [InlineData("run.json.0123ABCD.tmp", false)]
    [InlineData("mine.json.0123abcd.tmp", false)]
    [InlineData(".tmp", false)]
    public void IsOwn_TemporaryNames_BelongToTheFilesOfARun(string name, bool isOwn) => Assert.Equal(isOwn, RunFiles.IsOwn(name));
}
