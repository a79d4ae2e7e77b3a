using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>The real server as a child process, shared by the tests of a class.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private EmbeddedServer? _server;

    internal EmbeddedServer Server => _server ?? throw new InvalidOperationException("not started");

    public HttpClient Http { get; private set; } = new();

    public async ValueTask InitializeAsync()
    {
        _server = await StartAsync();
        Http = Client(_server.Endpoint, _server.Secret);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }

    internal static async Task<EmbeddedServer> StartAsync(string? path = null) =>
        await EmbeddedServer.StartAsync(
            new EmbeddedServerOptions { ModelPath = path ?? await TinyModel.PathAsync(), ModelName = TinyModel.Name },
            CancellationToken.None);

    internal static HttpClient Client(Uri endpoint, string secret)
    {
        var http = new HttpClient { BaseAddress = endpoint };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return http;
    }

    /// <summary>Posts a generation request and returns its lines.</summary>
    public async Task<List<JsonNode>> GenerateAsync(object body)
    {
        using var response = await Http.PostAsJsonAsync("api/generate", body);
        response.EnsureSuccessStatusCode();
        var text = await response.Content.ReadAsStringAsync();
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    /// <summary>Posts a request that the server refuses; returns status and message.</summary>
    public async Task<(int Status, string Error)> RefusedAsync(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync(path, body);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)response.StatusCode, answer.GetProperty("error").GetString()!);
    }
}
