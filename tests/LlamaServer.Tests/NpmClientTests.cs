using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>The npm packages <c>ollama</c> and <c>openai</c> against the real server. <c>.ci/run</c> installs them and sets the variable,
/// and the tests then fail where a client is missing.</summary>
public sealed class NpmClientTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string FolderVariable = "MEMWALL_NPM_CLIENTS";

    [Fact]
    public async Task StockClients_ListGenerateAndChat()
    {
        var modules = Environment.GetEnvironmentVariable(FolderVariable);
        RequiredTools.SkipWhen(modules is null,
            $"set {FolderVariable} to the node_modules of: npm install --prefix FOLDER ollama@0.6.4 openai@6.0.0");
        var answers = await RunAsync(modules!);

        var ollama = answers["ollama"]!;
        Assert.Equal(TinyModel.Name, (string)ollama["list"]![0]!["name"]!);
        Assert.Equal(64, ((string)ollama["list"]![0]!["digest"]!).Length);
        Assert.Equal((string)ollama["list"]![0]!["digest"]!, (string)ollama["running"]![0]!["digest"]!);
        Assert.Equal("llama", (string)ollama["family"]!);
        CheckOllama(ollama["generate"]!, (string)ollama["generate"]!["response"]!);
        CheckOllama(ollama["generateStream"]!.AsArray()[^1]!, Join(ollama["generateStream"]!, part => part["response"]));
        CheckOllama(ollama["chat"]!, (string)ollama["chat"]!["message"]!["content"]!);
        CheckOllama(ollama["chatStream"]!.AsArray()[^1]!, Join(ollama["chatStream"]!, part => part["message"]!["content"]));
        Assert.Contains("not found", (string)ollama["unknownModel"]!["message"]!, StringComparison.Ordinal);
        Assert.Contains("/api/embed", (string)ollama["noEmbeddings"]!["message"]!, StringComparison.Ordinal);

        var openai = answers["openai"]!;
        Assert.Equal(TinyModel.Name, (string)openai["models"]![0]!["id"]!);
        Assert.Equal(TinyModel.Name, (string)openai["model"]!["id"]!);
        CheckOpenAi(openai["completion"]!, (string)openai["completion"]!["choices"]![0]!["text"]!);
        CheckOpenAi(openai["chat"]!, (string)openai["chat"]!["choices"]![0]!["message"]!["content"]!);
        CheckStream(openai["completionStream"]!.AsArray(), part => part["text"]);
        CheckStream(openai["chatStream"]!.AsArray(), part => part["delta"]!["content"]);
        Assert.Equal(404, (int)openai["unknownModel"]!["status"]!);
        Assert.Contains("one answer", (string)openai["tooMany"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal(404, (int)openai["noEmbeddings"]!["status"]!);
    }

    private static void CheckOllama(JsonNode final, string text)
    {
        Assert.NotEqual("", text);
        Assert.True((bool)final["done"]!);
        Assert.Equal(4, (int)final["eval_count"]!);
        Assert.True((int)final["prompt_eval_count"]! > 0);
        Assert.True((long)final["total_duration"]! > 0);
    }

    private static void CheckOpenAi(JsonNode answer, string text)
    {
        Assert.NotEqual("", text);
        Assert.Equal("length", (string)answer["choices"]![0]!["finish_reason"]!);
        Assert.Equal(4, (int)answer["usage"]!["completion_tokens"]!);
    }

    private static void CheckStream(JsonArray parts, Func<JsonNode, JsonNode?> text)
    {
        Assert.NotEqual("", Join(parts, part => part["choices"] is JsonArray { Count: > 0 } choices ? text(choices[0]!) : null));
        Assert.Equal(4, (int)parts[^1]!["usage"]!["completion_tokens"]!);
        Assert.Equal("length", (string)parts[^2]!["choices"]![0]!["finish_reason"]!);
    }

    private static string Join(JsonNode parts, Func<JsonNode, JsonNode?> text) =>
        string.Concat(parts.AsArray().Select(part => (string?)text(part!)));

    private async Task<JsonNode> RunAsync(string modules)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Script(), modules, server.Server.Endpoint.AbsoluteUri, TinyModel.Name, server.Server.Secret })
            start.ArgumentList.Add(argument);
        using var node = Process.Start(start)!;
        var error = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await error);
        return JsonNode.Parse(output)!;
    }

    private static string Script([CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "Npm", "clients.cjs");
}
