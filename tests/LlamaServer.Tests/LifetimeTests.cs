using System.Diagnostics;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.LlamaServer.Tests;

public sealed class LifetimeTests
{
    private static async Task<EmbeddedServerException> FailsAsync(string model) =>
        await Assert.ThrowsAsync<EmbeddedServerException>(
            () => EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = model, ModelName = "x" }, CancellationToken.None));

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
        Assert.Contains("--model: the file cannot be read", (await FailsAsync(path)).Message);
    }

    [Fact]
    public async Task Start_PortInUse_SaysSoInOneLineAndByExitCode()
    {
        await using var server = await RunningServer.StartAsync();
        var start = new ProcessStartInfo(EmbeddedServer.ProgramPath()) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "--model", await TinyModel.PathAsync(), "--port", $"{server.Endpoint.Port}" })
            start.ArgumentList.Add(argument);
        using var second = Process.Start(start)!;
        _ = second.StandardError.ReadToEndAsync();
        var lines = (await second.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await second.WaitForExitAsync();
        Assert.Equal(5, second.ExitCode);
        Assert.Contains($"{server.Endpoint.Port}", Assert.Single(lines));
        Assert.Contains("error", lines[0]);
    }

    [Fact]
    public async Task Start_Alone_ListensWithoutSecretAndWithThePolicySet()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the restart needs exec");
        var start = new ProcessStartInfo(EmbeddedServer.ProgramPath())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        foreach (var argument in new[] { "--model", await TinyModel.PathAsync(), "--port", "0", "--parent-stdin" })
            start.ArgumentList.Add(argument);
        start.Environment.Remove("OMP_WAIT_POLICY");
        start.Environment.Remove("GOMP_SPINCOUNT");
        using var server = Process.Start(start)!;
        _ = server.StandardError.ReadToEndAsync();
        var handshake = System.Text.Json.Nodes.JsonNode.Parse((await server.StandardOutput.ReadLineAsync())!)!;
        Assert.Equal(server.Id, (int)handshake["pid"]!);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{handshake["port"]}") };
        var version = await http.GetStringAsync("api/version");
        Assert.Contains("\"omp_wait_policy\":\"passive\"", version);
        Assert.Contains("\"gomp_spincount\":\"100\"", version);
        server.StandardInput.Close();
        Assert.True(server.WaitForExit(TestedProgram.Patience), "it outlived its standard input");
    }

    [Fact]
    public async Task Dispose_EndsTheProcess()
    {
        var server = await RunningServer.StartAsync();
        using var process = Process.GetProcessById(server.ProcessId);
        await server.DisposeAsync();
        Assert.True(process.WaitForExit(TestedProgram.Patience));
    }

    [Fact]
    public async Task Kill_IsSeenAsSignalAndNotAsOutOfMemory()
    {
        await using var server = await RunningServer.StartAsync();
        Process.GetProcessById(server.ProcessId).Kill();
        var exit = await server.WaitForExitAsync(TestedProgram.Patience);
        Assert.NotNull(exit);
        Assert.False(exit.IsOomKill);
        if (!OperatingSystem.IsWindows())
            Assert.Contains("signal 9", exit.Describe());
    }
}
