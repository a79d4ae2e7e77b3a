using System.Diagnostics;
using MemoryWall.Embedded;

namespace MemoryWall.LlamaServer.Tests;

public sealed class LifetimeTests
{
    private static async Task<EmbeddedServerException> FailsAsync(string model) =>
        await Assert.ThrowsAsync<EmbeddedServerException>(() => EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = model, ModelName = "x" }, CancellationToken.None));

    [Fact]
    public async Task Start_NoSuchFile_SaysSo() => Assert.Contains("nothing-here.gguf", (await FailsAsync("/nothing-here.gguf")).Message);

    [Fact]
    public async Task Start_NoGguf_SaysSo()
    {
        var path = Path.Combine(TestFolder.Path, "text.gguf");
        await File.WriteAllTextAsync(path, "this is no model at all");
        Assert.Contains("GGUF", (await FailsAsync(path)).Message);
    }

    [Fact]
    public async Task Start_CutShort_SaysSo()
    {
        var path = Path.Combine(TestFolder.Path, "short.gguf");
        var whole = await File.ReadAllBytesAsync(await TinyModel.PathAsync());
        await File.WriteAllBytesAsync(path, whole[..(whole.Length / 2)]);
        Assert.Contains("the model cannot be read", (await FailsAsync(path)).Message);
    }

    [Fact]
    public async Task Dispose_EndsTheProcess()
    {
        var server = await RunningServer.StartAsync();
        using var process = Process.GetProcessById(server.ProcessId);
        await server.DisposeAsync();
        Assert.True(process.WaitForExit(5000));
    }

    [Fact]
    public async Task Kill_IsSeenAsSignalAndNotAsOutOfMemory()
    {
        await using var server = await RunningServer.StartAsync();
        Process.GetProcessById(server.ProcessId).Kill();
        var exit = await server.ExitAsync(TimeSpan.FromSeconds(5));
        Assert.NotNull(exit);
        Assert.False(exit.IsOutOfMemoryKill);
        if (!OperatingSystem.IsWindows())
            Assert.Contains("signal 9", exit.Describe());
    }
}
