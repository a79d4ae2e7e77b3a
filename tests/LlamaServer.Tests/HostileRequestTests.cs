using System.Net;
using System.Text;
using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>Requests and folders of a client that means no good: each is refused at once, by the name of its field.</summary>
public sealed class HostileRequestTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("""{"num_batch":1}""", "num_batch: 1 is not a whole number from 2 to 65536")]
    [InlineData("""{"tier":{"folder":"/tmp","memory_bytes":9223372036854775807}}""", "tier.memory_bytes: 9223372036854775807 is not")]
    [InlineData("""{"tier":{"folder":"/tmp","storage_bytes":9223372036854775807}}""", "tier.storage_bytes: 9223372036854775807 is not")]
    [InlineData("""{"tier":{"folder":"/tmp","memory_bytes":60000000,"latency_ns":9223372036854775807}}""", "tier.latency_ns: 92233720")]
    [InlineData("""{"tier":{"folder":"/tmp","memory_bytes":60000000,"bandwidth_bytes_per_second":1}}""",
        "tier.bandwidth_bytes_per_second: 1 is not")]
    public async Task Generate_NumberBeyondItsLimits_IsRefusedAtOnce(string options, string message)
    {
        var (status, error) = await PostAsync($$"""{"model":"{{TinyModel.Name}}","prompt":"x","options":{{options}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_PromptsThatCannotFit_AreRefusedBeforeTheyAreComputed()
    {
        // Within the limit of bodies, and beyond it.
        foreach (var megabytes in new[] { 24, 100 })
        {
            var body = $$"""{"model":"{{TinyModel.Name}}","options":{"num_ctx":512},"prompt":"{{new string('x', megabytes << 20)}}"}""";
            var (status, error) = await PostAsync(body);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.StartsWith("prompt: ", error, StringComparison.Ordinal);
        }
        var ids = string.Join(',', Enumerable.Repeat("1", 2_000_000));
        var (refused, idsError) = await PostAsync(
            $"{{\"model\":\"{TinyModel.Name}\",\"options\":{{\"num_ctx\":512}},\"memory_wall\":{{\"prompt_tokens\":[{ids}]}}}}");
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.StartsWith("prompt_tokens: 2000000 ids", idsError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api/chat", 24)]
    [InlineData("v1/chat/completions", 24)]
    // More than the window has room for, and too short to be refused before the template is rendered.
    [InlineData("api/chat", 4)]
    [InlineData("v1/chat/completions", 4)]
    public async Task Chat_MessagesThatCannotFit_AreRefusedBeforeTheyAreComputed(string path, int megabytes)
    {
        var text = new string('x', megabytes << 20);
        var (status, error) = await PostAsync($$"""
            {"model":"{{TinyModel.Name}}","options":{"num_ctx":512},"messages":[{"role":"user","content":"{{text}}"}]}
            """, path);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("messages: their ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoints_FieldOfEveryWrongType_AnswerWithItsNameAndNeverWithoutAReason()
    {
        string[] fields = ["model", "name", "prompt", "options", "stream", "truncate", "keep_alive", "memory_wall", "messages",
            "tools", "format", "stop", "max_tokens", "temperature", "top_p", "top_k", "seed", "n", "stream_options", "logprobs",
            "suffix", "ignore_eos"];
        string[] values = ["1e400", "-1", "[]", "{}", "\"x\"", "true", "[null]", "{\"a\":[{}]}", "\"\\ud800\"", "9223372036854775808",
            "0.5"];
        foreach (var path in new[] { "api/generate", "api/chat", "v1/completions", "v1/chat/completions", "api/show" })
            foreach (var field in fields)
                foreach (var value in values)
                {
                    // A load or a short generation is an answer as well.
                    var model = field == "model" ? "" : $"\"model\":\"{TinyModel.Name}\",";
                    var text = field is "prompt" or "messages" or "options" || path is "api/show" ? ""
                        : path.EndsWith("completions", StringComparison.Ordinal) && !path.Contains("chat", StringComparison.Ordinal)
                            ? ",\"prompt\":\"a\""
                            : path.Contains("chat", StringComparison.Ordinal)
                                ? ",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]" : "";
                    var most = (field, path) switch
                    {
                        ("options", _) => "",
                        (_, "api/generate" or "api/chat") => ",\"options\":{\"num_predict\":1}",
                        ("max_tokens", _) => "",
                        _ => ",\"max_tokens\":1",
                    };
                    var (status, error) = await PostAsync($"{{{model}\"{field}\":{value}{text}{most}}}", path);
                    Assert.True((int)status < 500, $"{path} {field} {value}: {status} {error}");
                    Assert.True(status == HttpStatusCode.OK || error.Length > 5, $"{path} {field} {value}: {status} without a reason");
                }
    }

    [Fact]
    public async Task FindLongestToken_VocabularyOfPieces_IsItsLongest()
    {
        var header = Models.Gguf.GgufReader.Read(await TinyModel.PathAsync());
        var longest = PromptLength.FindLongestToken(header.Metadata);
        Assert.InRange(longest!.Value, 2, 256);
        Assert.Null(PromptLength.FindLongestToken(new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "bert",
            ["tokenizer.ggml.tokens"] = new[] { "a" }
        }));
    }

    [Fact]
    public void TierFolder_LockThatIsALink_IsRefusedAndItsTargetStays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the tier needs Linux");
        var root = Directory.CreateTempSubdirectory("memwall-tier-lock-").FullName;
        try
        {
            var victim = Path.Combine(root, "victim");
            File.WriteAllText(victim, "mine");
            var folder = Directory.CreateDirectory(Path.Combine(root, "tier")).FullName;
            File.CreateSymbolicLink(Path.Combine(folder, "memwall-tier.lock"), victim);

            var refusal = Assert.Throws<TierException>(() => new TierFolder(new TierPlan { Folder = folder }).Dispose());

            Assert.Equal(TierProblem.UnusableFolder, refusal.Problem);
            Assert.Contains("is a link", refusal.Message, StringComparison.Ordinal);
            Assert.Equal("mine", File.ReadAllText(victim));
            File.Delete(Path.Combine(folder, "memwall-tier.lock"));
            new TierFolder(new TierPlan { Folder = folder }).Dispose();
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite,
                    File.GetUnixFileMode(Path.Combine(folder, "memwall-tier.lock")));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private async Task<(HttpStatusCode Status, string Error)> PostAsync(string body, string path = "api/generate")
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync(path, content, TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, response.IsSuccessStatusCode ? "" : ReadError(answer));
    }

    // Ollama's form is a text, OpenAI's an object with one.
    private static string ReadError(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        var error = json.RootElement.GetProperty("error");
        return error.ValueKind == JsonValueKind.String ? error.GetString()! : error.GetProperty("message").GetString()!;
    }
}
