using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using OllamaSharp;
using OllamaSharp.Models;

namespace MemoryWall.LlamaServer.Tests;

public sealed class ProtocolTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Request_WithoutOrWithAWrongSecret_401()
    {
        using var http = new HttpClient { BaseAddress = server.Server.Endpoint };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("api/version")).StatusCode);
        using var wrong = RunningServer.Client(server.Server.Endpoint, "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await wrong.GetAsync("/")).StatusCode);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    public async Task Request_FromAPageInABrowser_403(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/version");
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Version_AnnouncesTheDialect()
    {
        var version = JsonNode.Parse(await server.Http.GetStringAsync("api/version"))!;
        Assert.Contains("token_ids", version["memory_wall"]!["extensions"]!.AsArray().Select(name => (string)name!));
        Assert.Equal("passive", (string)version["memory_wall"]!["details"]!["omp_wait_policy"]!);
        Assert.NotEqual("", (string)version["memory_wall"]!["details"]!["ggml_commit"]!);
    }

    [Fact]
    public async Task Show_Verbose_TellsVocabularyAndTensors()
    {
        using var response = await server.Http.PostAsync("api/show", new StringContent("""{ "model": "tiny", "verbose": true }"""));
        using var document = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var metadata = ModelMetadata.FromOllamaShow(document.RootElement);
        Assert.Equal(2, ModelShapeReader.Read(metadata).Layers.Count);
        var fromFile = VocabularyReader.Read(ModelMetadata.FromFile(await TinyModel.PathAsync()))!;
        var fromServer = VocabularyReader.Read(metadata)!;
        Assert.Equal(fromFile.Tokens, fromServer.Tokens);
        Assert.Equal(fromFile.Merges, fromServer.Merges);
        Assert.Equal(fromFile.AddBos, fromServer.AddBos);
    }

    [Fact]
    public async Task Show_NotVerbose_KeysAreThereWithoutTheirValues()
    {
        using var response = await server.Http.PostAsync("api/show", new StringContent("""{ "model": "tiny" }"""));
        var info = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["model_info"]!.AsObject();
        Assert.True(info.ContainsKey("tokenizer.ggml.tokens"));
        Assert.Null(info["tokenizer.ggml.tokens"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "model": 5 }""")]
    [InlineData("""{ "model": "tiny", "options": [] }""")]
    [InlineData("""{ "model": "tiny", "prompt": 5 }""")]
    [InlineData("""{ "model": "tiny", "memory_wall": { "prompt_tokens": "x" } }""")]
    public async Task Generate_BrokenBody_400WithWords(string body)
    {
        using var response = await server.Http.PostAsync("api/generate", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotEqual("", (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!);
    }

    [Theory]
    [InlineData("{ \"model\": \"\u00ff\" }", "the body is not valid UTF-8")]
    [InlineData("{ \"model\": \"tiny\", \"tools\": \"\u00ff\" }", "the body is not valid UTF-8")]
    [InlineData("""{ "model": "tiny", "stop": "\ud800" }""", "stop: it is not valid Unicode")]
    [InlineData("""{ "model": "tiny", "stop": [ "a", "\udc00\ud800" ] }""", "stop[1]: it is not valid Unicode")]
    [InlineData("""{ "\ud800": 1, "model": "tiny" }""", "a name in the body: it is not valid Unicode")]
    [InlineData("""{ "model": "tiny", "messages": [ { "\ud800x": 1 } ] }""", "a name in messages[0]: it is not valid Unicode")]
    [InlineData("""{ "model": "tiny", "response_format": { "type": "\ud800" } }""", "response_format.type: it is not valid Unicode")]
    public async Task AnyRoute_BodyThatIsNotUnicode_400WithWords(string body, string words)
    {
        foreach (var path in new[] { "api/generate", "api/chat", "api/show", "v1/completions", "v1/chat/completions" })
        {
            using var response = await server.Http.PostAsync(path, new ByteArrayContent(Encoding.Latin1.GetBytes(body)));
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
            Assert.Equal((HttpStatusCode.BadRequest, words), (response.StatusCode, (string)(path[0] == 'v' ? error["message"]! : error)!));
        }
    }

    [Fact]
    public async Task Generate_EscapedTextThatIsUnicode_IsRead()
    {
        using var response = await server.Http.PostAsync("api/generate", new StringContent(
            """{ "model": "tiny", "prompt": "the \\ud800 \" \ud83d\ude00 \n\u00e9", "stream": false, "options": { "num_predict": 1 } }"""));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/api/x", "{\"error\":\"the server failed: no\"}")]
    [InlineData("/v1/x", "{\"error\":{\"message\":\"the server failed: no\",\"type\":\"server_error\"")]
    public async Task AnyRoute_UnexpectedFailure_500WithWords(string path, string words)
    {
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext { Request = { Path = path } };
        using var body = new MemoryStream();
        http.Response.Body = body;
        await Clients.UnhandledFailures.InvokeAsync(http, _ => throw new InvalidOperationException("no"));
        Assert.Equal(500, http.Response.StatusCode);
        Assert.StartsWith(words, Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OllamaSharp_ListsShowsAndGenerates()
    {
        using var client = new OllamaApiClient(server.Http, TinyModel.Name);
        Assert.Equal(TinyModel.Name, Assert.Single(await client.ListLocalModelsAsync()).Name);
        Assert.Equal("llama", (await client.ShowModelAsync(new ShowModelRequest { Model = TinyModel.Name })).Details.Family);
        var request = new GenerateRequest
        {
            Model = TinyModel.Name,
            Prompt = "the and of",
            Raw = true,
            Options = new RequestOptions { NumPredict = 5, NumCtx = 512 }
        };
        GenerateResponseStream? last = null;
        await foreach (var chunk in client.GenerateAsync(request))
            last = chunk;
        var done = Assert.IsType<GenerateDoneResponseStream>(last);
        Assert.True(done.EvalCount is > 0 and <= 5);
        Assert.True(done.PromptEvalCount > 0);
    }
}
