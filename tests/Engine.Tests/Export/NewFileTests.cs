using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Export;

namespace MemoryWall.Engine.Tests.Export;

/// <summary>An export replaces nothing unless it is asked to, and leaves nothing half written.</summary>
public sealed class NewFileTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    private string File1 => Path.Combine(_root.Path, "sub", "file.bin");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Write_FileThatExists_IsKeptUnlessForced()
    {
        NewFile.Write(File1, overwrite: false, stream => stream.Write([1]));
        Assert.Contains("--force", Assert.Throws<IOException>(() => NewFile.Write(File1, overwrite: false, stream => stream.Write([2])))
            .Message, StringComparison.Ordinal);
        Assert.Equal([1], File.ReadAllBytes(File1));
        NewFile.Write(File1, overwrite: true, stream => stream.Write([2, 3]));
        Assert.Equal([2, 3], File.ReadAllBytes(File1));
    }

    [Fact]
    public void Write_WriterThatFails_LeavesTheOldFileAndNoOther()
    {
        NewFile.Write(File1, overwrite: false, stream => stream.Write([1]));
        Assert.Throws<InvalidDataException>(() => NewFile.Write(File1, overwrite: true, stream =>
        {
            stream.Write([9]);
            throw new InvalidDataException();
        }));
        Assert.Equal([1], File.ReadAllBytes(File1));
        Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(File1)!));
    }

    [Fact]
    public void Write_AFolder_IsRefused() =>
        Assert.Throws<IOException>(() => NewFile.Write(_root.Path, overwrite: true, stream => stream.Write([1])));

    [Fact]
    public async Task Svg_Sample_IsAFileForEachFigureAndNoneIsReplaced()
    {
        var runs = ExportSamples.Read("context-sweep");
        var folder = Path.Combine(_root.Path, "figures");
        var files = await Exporter.WriteAsync(runs, ExportFormat.Svg, folder, overwrite: false, TestContext.Current.CancellationToken);
        Assert.Contains(Path.Combine(folder, "ttft.svg"), files);
        Assert.All(files, file => Assert.StartsWith("<svg ", File.ReadAllText(file), StringComparison.Ordinal));
        await Assert.ThrowsAsync<IOException>(
            () => Exporter.WriteAsync(runs, ExportFormat.Svg, folder, overwrite: false, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Png_WithoutABrowser_SaysWhatToInstall()
    {
        var before = Environment.GetEnvironmentVariable("MEMWALL_CHROMIUM");
        try
        {
            Environment.SetEnvironmentVariable("MEMWALL_CHROMIUM", "/no/such/browser");
            var error = await Assert.ThrowsAsync<IOException>(() => Exporter.WriteAsync(
                ExportSamples.Read("context-sweep"), ExportFormat.Png,
                Path.Combine(_root.Path, "png"), overwrite: false, TestContext.Current.CancellationToken));
            Assert.Contains("install one", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("MEMWALL_CHROMIUM", before);
        }
    }
}
