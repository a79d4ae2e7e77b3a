using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MemoryWall.Core.Plan;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>The server as other programs use it: the one who starts it chooses how the model is loaded, and clients how tokens are
/// sampled.</summary>
public sealed class ServingTests : IAsyncLifetime
{
    private const int Window = 512;
    private EmbeddedServer? _server;
    private HttpClient _http = new();

    public async ValueTask InitializeAsync()
    {
        _server = await StartAsync(IPAddress.Loopback, null);
        _http = new HttpClient { BaseAddress = _server.Endpoint };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server!.DisposeAsync();
    }

    [Fact]
    public async Task Request_DoesNotReloadOrUnloadTheModel()
    {
        const string Prompt = "one two three four five six";
        await PostAsync("api/generate",
            new { model = "tiny", prompt = Prompt, stream = false, options = new { num_ctx = 256, num_predict = 2 } });
        await PostAsync("api/generate", new { model = "tiny", keep_alive = 0 });
        var options = new { num_predict = 2 };
        var last = await PostAsync("api/generate",
            new { model = "tiny", prompt = Prompt, stream = false, keep_alive = 0, memory_wall = new { }, options });

        // The prompt of the first request is still in the KV cache, and the window is that of the start.
        Assert.True((int)last["memory_wall"]!["cached_prompt_tokens"]! > 0, last.ToJsonString());
        var running = (await _http.GetFromJsonAsync<JsonNode>("api/ps"))!["models"]!.AsArray();
        Assert.Equal(Window, (int)Assert.Single(running)!["context_length"]!);
    }

    [Fact]
    public async Task LargerWindow_IsRefusedByName()
    {
        using var response = await _http.PostAsJsonAsync("api/chat",
            new { model = "tiny", messages = new[] { new { role = "user", content = "x" } }, options = new { num_ctx = Window + 1 } });
        var error = (string)(await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(
            $"num_ctx: {Window + 1} is more than this server's window of {Window} tokens; start it with a larger --context", error);
    }

    [Fact]
    public async Task Sampling_IsTheClients()
    {
        async Task<string> Answer(object options) => (string)(await PostAsync("api/generate",
            new { model = "tiny", prompt = "one two three", stream = false, options }))["response"]!;

        Assert.Equal(await Answer(new { num_predict = 16, temperature = 0 }), await Answer(new { num_predict = 16, temperature = 0 }));
        Assert.Equal(await Answer(new { num_predict = 16, seed = 7 }), await Answer(new { num_predict = 16, seed = 7 }));
        // Without a seed, answers differ; sixteen tokens of this model are never the same by chance.
        Assert.NotEqual(await Answer(new { num_predict = 16 }), await Answer(new { num_predict = 16 }));
    }

    [Fact]
    public async Task BeyondLoopback_NeedsTheKey()
    {
        Environment.SetEnvironmentVariable("MEMWALL_TEST_SERVING_KEY", "a-key");
        await using var open = await StartAsync(IPAddress.Any, ApiKey.FromEnvironment("MEMWALL_TEST_SERVING_KEY"));
        using var http = new HttpClient { BaseAddress = open.Endpoint };
        HttpRequestMessage Ask(string key, string header, string value) => new(HttpMethod.Get, "api/version")
        {
            Headers = { { header, value }, { "Authorization", $"Bearer {key}" } },
        };
        // Another machine calls this one by a name of its own.
        using var named = Ask("a-key", "Host", "workstation.example");
        using var wrong = Ask("b-key", "Host", "workstation.example");
        using var page = Ask("a-key", "Origin", "https://a.example");

        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(named)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.SendAsync(wrong)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("api/version")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(page)).StatusCode);
    }

    [Fact]
    public async Task BeyondLoopback_WithoutAKey_DoesNotStart()
    {
        var error = await Assert.ThrowsAsync<EmbeddedServerException>(() => StartAsync(IPAddress.Any, null));
        Assert.Contains("--host: 0.0.0.0 can be reached from other machines", error.Message, StringComparison.Ordinal);
    }

    private static async Task<EmbeddedServer> StartAsync(IPAddress host, ApiKey? key) => await EmbeddedServer.StartAsync(
        new EmbeddedServerOptions
        {
            ModelPath = await TinyModel.PathAsync(),
            ModelName = TinyModel.Name,
            Serving = new EmbeddedServing(host, 0, key, Window, new TargetOptions()),
        }, CancellationToken.None);

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using var response = await _http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }
}
