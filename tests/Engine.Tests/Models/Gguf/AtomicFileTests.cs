using MemoryWall.Models.Gguf;

namespace MemoryWall.Engine.Tests.Models.Gguf;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_FailsHalfway_LeavesTheFormerFileAndNothingElse()
    {
        var path = Path.Combine(_folder, "file");
        AtomicFile.Write(path, 3, stream => stream.Write("old"u8));

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, 3, stream =>
        {
            stream.Write("ne"u8);
            throw new InvalidOperationException();
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_WhileBeingRead_GivesTheReaderTheFormerFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not replace a file that is open without delete sharing");
        var path = Path.Combine(_folder, "file");
        AtomicFile.Write(path, 3, stream => stream.Write("old"u8));
        using var reader = new StreamReader(path);

        AtomicFile.Write(path, 3, stream => stream.Write("new"u8));

        Assert.Equal("old", reader.ReadToEnd());
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void Write_MoreThanTheDiskHas_SaysSoBeforeWriting()
    {
        var error = Assert.Throws<IOException>(
            () => AtomicFile.Write(Path.Combine(_folder, "huge"), 1L << 60, _ => Assert.Fail("nothing may be written")));

        Assert.Contains("are needed", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
