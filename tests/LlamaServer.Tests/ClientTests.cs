using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.LlamaServer.Http;
using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>What other programs expect of the server: Ollama's chat and lists, and the OpenAI protocol.</summary>
public sealed class ClientTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Lists_HaveTheDigestOfTheFile()
    {
        await server.GenerateAsync(new { model = "tiny" });
        var tags = JsonNode.Parse(await server.Http.GetStringAsync("api/tags"))!["models"]![0]!;
        var running = JsonNode.Parse(await server.Http.GetStringAsync("api/ps"))!["models"]![0]!;
        var file = await File.ReadAllBytesAsync(await TinyModel.PathAsync());

        Assert.Equal(file.Length, (long)tags["size"]!);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(file)), (string)tags["digest"]!);
        Assert.Equal((string)tags["digest"]!, (string)running["digest"]!);
    }

    [Fact]
    public async Task ModelFile_BehindALink_IsTheFileItself()
    {
        var path = await TinyModel.PathAsync();
        var link = Path.Combine(TestFolder.Path, "link.gguf");
        File.CreateSymbolicLink(link, path);
        var header = GgufReader.Read(path);

        Assert.Equal(ModelFile.Read(path, header), ModelFile.Read(link, header));
        Assert.Equal(new FileInfo(path).Length, ModelFile.Read(link, header).Bytes);
    }

    [Fact]
    public async Task ModelFile_TooLargeToHash_StillDiffersByContentAndLength()
    {
        var header = GgufReader.Read(await TinyModel.PathAsync());
        var path = Path.Combine(TestFolder.Path, "large.gguf");
        string Digest(long length, byte first)
        {
            using (var file = new FileStream(path, FileMode.Create))
            {
                file.SetLength(length);
                file.Position = header.DataOffset;
                file.WriteByte(first);
            }
            return ModelFile.Read(path, header).Digest;
        }
        const long Large = 10L << 20;

        string[] digests = [Digest(Large, 0), Digest(Large, 1), Digest(Large + 1, 0)];

        Assert.Equal(3, digests.Distinct().Count());
        Assert.All(digests, digest => Assert.Matches("^[0-9a-f]{64}$", digest));
    }

    [Fact]
    public async Task Show_TakesTheOlderFieldBesideAnEmptyOne()
    {
        using var response = await server.Http.PostAsJsonAsync("api/show", new { model = "", name = "tiny" });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("api/nosuch", HttpStatusCode.NotFound)]
    [InlineData("v1/nosuch", HttpStatusCode.NotFound)]
    [InlineData("v1/models/nosuch", HttpStatusCode.NotFound)]
    [InlineData("nosuch.html", HttpStatusCode.NotFound)]
    [InlineData("api/chat", HttpStatusCode.MethodNotAllowed)]
    [InlineData("v1/completions", HttpStatusCode.MethodNotAllowed)]
    public async Task UnknownRoute_AnswersWithJson(string path, HttpStatusCode status)
    {
        using var response = await server.Http.GetAsync(path);
        var error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!;
        Assert.Equal(status, response.StatusCode);
        Assert.NotEqual("", path.StartsWith("v1/", StringComparison.Ordinal) ? (string?)error["message"] : (string?)error);
    }

    [Fact]
    public async Task Chat_Streams_LoadsAndUnloads()
    {
        var messages = new[] { new { role = "user", content = "one two three" } };
        var lines = await ChatAsync(new { model = "tiny", messages, options = new { num_predict = 3 } });
        var whole = Assert.Single(await ChatAsync(new { model = "tiny", messages, stream = false, options = new { num_predict = 3 } }));

        Assert.Equal((string?)whole["message"]!["content"], string.Concat(lines.Select(line => (string?)line["message"]!["content"])));
        Assert.Equal(3, (int)lines[^1]["eval_count"]!);
        Assert.Equal("length", (string)lines[^1]["done_reason"]!);
        var load = Assert.Single(await ChatAsync(new { model = "tiny", messages = Array.Empty<object>() }));
        var unload = Assert.Single(await ChatAsync(new { model = "tiny", keep_alive = 0 }));
        Assert.Equal(("load", "unload"), ((string)load["done_reason"]!, (string)unload["done_reason"]!));
        Assert.Empty(JsonNode.Parse(await server.Http.GetStringAsync("api/ps"))!["models"]!.AsArray());
    }

    [Theory]
    [InlineData("tools", """{ "tools": [ {} ] }""")]
    [InlineData("format", """{ "format": "json" }""")]
    [InlineData("think", """{ "think": true }""")]
    [InlineData("messages", """{ "messages": "x" }""")]
    [InlineData("messages[0].images", """{ "messages": [ { "role": "user", "content": "x", "images": [ "AA" ] } ] }""")]
    [InlineData("messages[0].role", """{ "messages": [ { "content": "x" } ] }""")]
    [InlineData("messages[0].content", """{ "messages": [ { "role": "user", "content": 5 } ] }""")]
    [InlineData("messages[0].content", """{ "messages": [ { "role": "user", "content": "\ud800" } ] }""")]
    public async Task Chat_WhatItCannotDo_IsNamed(string field, string body)
    {
        // As text, because half a surrogate pair cannot be written again.
        using var response = await server.Http.PostAsync("api/chat", new StringContent("""{ "model": "tiny", """ + body[1..]));
        var error = (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["error"];
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith(field, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ loop.index ~ m.role[0] ~ ' ' ~ m.content | upper }};{% endfor %}"
        + "{{ 'a' if add_generation_prompt }}", "1s A B;2u C D E;a")]
    [InlineData("no template that llama.cpp knows", "a b\nc d e")]
    public async Task Chat_UsesTheModelsOwnTemplate(string template, string prompt)
    {
        await using var templated = await RunningServer.StartAsync(await TinyModel.WithTemplateAsync(template));
        using var http = RunningServer.Client(templated.Endpoint, templated.Secret);
        var messages = new[] { new { role = "system", content = "a b" }, new { role = "user", content = "c d e" } };
        var options = new { num_predict = 2 };

        using var chat = await http.PostAsJsonAsync("api/chat", new { model = "tiny", messages, options, stream = false });
        using var plain = await http.PostAsJsonAsync("api/generate", new { model = "tiny", prompt, options, stream = false });
        var chatted = (await chat.Content.ReadFromJsonAsync<JsonNode>())!;
        var generated = (await plain.Content.ReadFromJsonAsync<JsonNode>())!;

        Assert.Equal((int)generated["prompt_eval_count"]!, (int)chatted["prompt_eval_count"]!);
        // All but the last token of the same prompt are in the cache: both prompts are the same text.
        Assert.Equal((int)generated["prompt_eval_count"]! - 1, (int)generated["prompt_eval_cached_count"]!);
    }

    [Fact]
    public async Task Chat_ThatTheTemplateRefusesOrCannotRender_SaysWhy()
    {
        await using var templated = await RunningServer.StartAsync(await TinyModel.WithTemplateAsync(
            "{% if messages[0].content == 'bad' %}{{ raise_exception('<no>') }}{% endif %}{{ messages[0].content | nosuch }}"));
        using var http = RunningServer.Client(templated.Endpoint, templated.Secret);

        async Task<(HttpStatusCode, string)> AskAsync(string path, string content)
        {
            var messages = new[] { new { role = "user", content } };
            using var response = await http.PostAsJsonAsync(path, new { model = "tiny", messages, stream = true });
            var error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!;
            return (response.StatusCode, (string)(error is JsonObject ? error["message"]! : error)!);
        }

        foreach (var path in new[] { "api/chat", "v1/chat/completions" })
        {
            Assert.Equal((HttpStatusCode.BadRequest, "messages: the model's chat template refuses them: <no>"),
                await AskAsync(path, "bad"));
            var (status, message) = await AskAsync(path, "good");
            Assert.Equal(HttpStatusCode.InternalServerError, status);
            Assert.Contains("line 1: it uses the filter 'nosuch'", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EveryTokenThatEndsATurn_EndsTheAnswer()
    {
        async Task<List<JsonNode>> GenerateAsync(HttpClient http)
        {
            using var response = await http.PostAsJsonAsync("api/generate",
                new { model = "tiny", prompt = "one two three", raw = true, options = new { num_predict = 8, num_ctx = 512 } });
            return [.. (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!)];
        }
        var plain = await GenerateAsync(server.Http);
        var tokens = (string[])GgufReader.Read(await TinyModel.PathAsync()).Metadata["tokenizer.ggml.tokens"];
        // The first token of the answer whose text names it.
        var (at, id) = plain.Select((frame, index) => (index, Array.IndexOf(tokens, ((string)frame["response"]!).Replace(' ', '\u0120'))))
            .First(found => found.Item2 > 0);

        await using var ending = await RunningServer.StartAsync(await TinyModel.WithMetadataAsync("tokenizer.ggml.eom_token_id", (uint)id));
        using var http = RunningServer.Client(ending.Endpoint, ending.Secret);
        var ended = await GenerateAsync(http);

        Assert.Equal("length", (string)plain[^1]["done_reason"]!);
        Assert.Equal(("stop", at + 1), ((string)ended[^1]["done_reason"]!, (int)ended[^1]["eval_count"]!));
    }

    [Fact]
    public async Task Completion_OfTextAndOfIds_Counts()
    {
        var ids = await CompleteAsync(new { model = "tiny", prompt = TinyModel.Tokens(7), max_tokens = 3, ignore_eos = true });
        var batch = await CompleteAsync(new { model = "tiny", prompt = new[] { TinyModel.Tokens(7) }, max_tokens = 3, ignore_eos = true });
        var text = await CompleteAsync(new { model = "tiny", prompt = "one two", ignore_eos = true });

        Assert.Equal(7, (int)ids["usage"]!["prompt_tokens"]!);
        Assert.Equal(3, (int)ids["usage"]!["completion_tokens"]!);
        Assert.Equal("length", (string)ids["choices"]![0]!["finish_reason"]!);
        Assert.Equal((string)ids["choices"]![0]!["text"]!, (string)batch["choices"]![0]!["text"]!);
        Assert.Equal(16, (int)text["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Completion_UsesTheLoadedModelAsItIs()
    {
        await server.GenerateAsync(new { model = "tiny", options = new { num_ctx = 1024 } });
        await CompleteAsync(new { model = "tiny", prompt = "one", max_tokens = 2 });
        var running = JsonNode.Parse(await server.Http.GetStringAsync("api/ps"))!["models"]![0]!;
        Assert.Equal(1024, (int)running["context_length"]!);
    }

    [Theory]
    [InlineData("v1/chat/completions", """{ "messages": [ { "role": "user", "content": "x" } ] }""", "delta")]
    [InlineData("v1/completions", """{ "prompt": "x" }""", "text")]
    public async Task Completion_Stream_EndsWithUsageAndDone(string path, string body, string content)
    {
        var request = JsonNode.Parse(body)!.AsObject();
        (request["model"], request["stream"], request["max_tokens"]) = ("tiny", true, 3);
        request["stream_options"] = new JsonObject { ["include_usage"] = true };
        using var response = await server.Http.PostAsJsonAsync(path, request);
        var events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("data: [DONE]", events[^1]);
        var chunks = events[..^1].Select(line => JsonNode.Parse(line["data: ".Length..])!).ToList();
        Assert.All(chunks.SkipLast(1), chunk => Assert.NotNull(chunk["choices"]![0]![content]));
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(3, (int)chunks[^1]["usage"]!["completion_tokens"]!);
        Assert.Equal("length", (string)chunks[^2]["choices"]![0]!["finish_reason"]!);
    }

    [Theory]
    [InlineData("v1/completions", """{ "prompt": "x", "n": 2 }""", "n:")]
    [InlineData("v1/completions", """{ "prompt": "x", "echo": true }""", "echo:")]
    [InlineData("v1/completions", """{ "prompt": "x", "suffix": "y" }""", "suffix:")]
    [InlineData("v1/completions", """{ "prompt": "x", "logprobs": 1 }""", "logprobs:")]
    [InlineData("v1/completions", """{ "prompt": "x", "logit_bias": { "5": 1 } }""", "logit_bias:")]
    [InlineData("v1/completions", """{ "prompt": "x", "presence_penalty": 1 }""", "frequency_penalty, presence_penalty:")]
    [InlineData("v1/completions", """{ "prompt": "x", "max_tokens": 0 }""", "max_tokens:")]
    [InlineData("v1/completions", """{ "prompt": [ "x", "y" ] }""", "prompt: 2 prompts")]
    [InlineData("v1/completions", """{ "prompt": { } }""", "prompt:")]
    [InlineData("v1/completions", """{ }""", "prompt:")]
    [InlineData("v1/chat/completions", """{ "messages": [] }""", "messages:")]
    [InlineData("v1/chat/completions", """{ "messages": [ { "role": "user", "content": "x" } ], "tools": [ {} ] }""", "tools:")]
    [InlineData("v1/chat/completions", """{ "messages": [ { "role": "user", "content": [ { "type": "image_url" } ] } ] }""",
        "messages[0].content:")]
    [InlineData("v1/chat/completions",
        """{ "messages": [ { "role": "user", "content": "x" } ], "response_format": { "type": "json_object" } }""", "response_format:")]
    public async Task Completion_WhatItCannotDo_IsNamed(string path, string body, string start)
    {
        var request = JsonNode.Parse(body)!.AsObject();
        request["model"] = "tiny";
        using var response = await server.Http.PostAsJsonAsync(path, request);
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith(start, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
    }

    private async Task<JsonNode> CompleteAsync(object body)
    {
        using var response = await server.Http.PostAsJsonAsync("v1/completions", body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task<List<JsonNode>> ChatAsync(object body)
    {
        using var response = await server.Http.PostAsJsonAsync("api/chat", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
