using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary><c>memwall serve</c>, end to end.</summary>
public sealed class ServeTests
{
    private static readonly string s_tiny = Memwall.Tiny["embedded:".Length..];

    [Fact]
    public async Task Serve_SaysWhereItListens_Answers_AndStopsWithCtrlC()
    {
        using var memwall = Memwall.Start("serve", "--model", s_tiny, "--name", "mine", "--port", "0", "-c", "1k");
        await memwall.WaitForAsync(() => memwall.Error.Contains("Ctrl-C", StringComparison.Ordinal));
        var lines = memwall.Output.Split('\n', StringSplitOptions.TrimEntries);
        var address = lines[0].Split(' ').Single(word => word.StartsWith("http://127.0.0.1:", StringComparison.Ordinal)).TrimEnd(',');

        using var http = new HttpClient { BaseAddress = new Uri(address) };
        var body = new { model = "mine", messages = new[] { new { role = "user", content = "one two" } }, max_tokens = 3 };
        using var response = await http.PostAsJsonAsync("v1/chat/completions", body);
        var answer = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        memwall.Interrupt();

        Assert.Equal(0, await memwall.ExitAsync());
        Assert.Equal($"mine is served at {address}, with a window of 1,024 tokens.", lines[0]);
        Assert.Contains($"{address}/v1", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("Memory: ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("A short prompt generated ", StringComparison.Ordinal));
        Assert.True((int)answer["usage"]!["completion_tokens"]! > 0);
    }

    [LongFact]
    public async Task Serve_WithATier_SaysWhatLiesWhere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        var folder = Directory.CreateTempSubdirectory("memwall-serve-");
        var deeper = s_tiny.Replace("layers=2", "layers=8", StringComparison.Ordinal);
        using var memwall = Memwall.Start("serve", "--model", deeper, "--port", "0", "-c", "64k", "--tier", $"{folder.FullName},60M");
        await memwall.WaitForAsync(() => memwall.Error.Contains("Ctrl-C", StringComparison.Ordinal));
        memwall.Interrupt();

        Assert.Equal(0, await memwall.ExitAsync());
        Assert.Matches(@"KV cache of a full window: [\d.]+ \w+ in memory, [\d.]+ MiB read from storage for each token\.", memwall.Output);
        Assert.Matches(@"each token reads [\d.]+ MiB from storage at [\d.]+ [MG]iB/s: at most [\d.,]+ t/s\.", memwall.Output);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--model is missing; for example --model llama-3.1-8b.gguf")]
    [InlineData("--host: 'x' is not an IP address such as 127.0.0.1 or 0.0.0.0", "--model", "nano", "--host", "x")]
    [InlineData("--host: other machines can reach 0.0.0.0, so a key is needed", "--model", "nano", "--host", "0.0.0.0")]
    [InlineData("--port: 70000 is not a port from 0 to 65535", "--model", "nano", "--port", "70000")]
    [InlineData("--context: ", "--model", "nano", "-c", "abc")]
    [InlineData("--cap: '1G,2G' is a list; a server has one cap", "--model", "nano", "--cap", "1G,2G")]
    [InlineData("KV type: ", "--model", "nano", "--kv-type", "q5_1")]
    [InlineData("batch tokens: ", "--model", "nano", "--batch", "1")]
    [InlineData("--swap needs --cap", "--model", "nano", "--swap", "off")]
    [InlineData("'none.gguf' is not a file, a preset", "--model", "none.gguf")]
    public async Task Serve_WrongOption_IsNamed(string message, params string[] args)
    {
        using var memwall = await InProcess.RunAsync(["serve", .. args]);
        Assert.Equal(2, memwall.ExitCode);
        Assert.StartsWith(message, memwall.Error, StringComparison.Ordinal);
    }
}
