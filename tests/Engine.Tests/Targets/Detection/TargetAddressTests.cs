using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Detection;

public class TargetAddressTests
{
    [Theory]
    [InlineData("ollama://127.0.0.1:11434/llama3.2:1b", TargetProtocol.Ollama, "http://127.0.0.1:11434/", "llama3.2:1b")]
    [InlineData("ollama://localhost/hf.co/x/y:Q4_K_M", TargetProtocol.Ollama, "http://localhost:11434/", "hf.co/x/y:Q4_K_M")]
    [InlineData("OLLAMA://[::1]:5/m", TargetProtocol.Ollama, "http://[::1]:5/", "m")]
    [InlineData("ollama://far.example/m", TargetProtocol.Ollama, "https://far.example:11434/", "m")]
    [InlineData("ollamas://localhost/m", TargetProtocol.Ollama, "https://localhost/", "m")]
    [InlineData("openai://127.0.0.1:8000/org/model", TargetProtocol.OpenAi, "http://127.0.0.1:8000/", "org/model")]
    [InlineData("openai://127.0.0.1:8000/v1/org/model", TargetProtocol.OpenAi, "http://127.0.0.1:8000/", "org/model")]
    [InlineData("openais://gateway.example/llm/eu/v1/org/model", TargetProtocol.OpenAi, "https://gateway.example/llm/eu/", "org/model")]
    [InlineData("https://gateway.example/openai/v1", TargetProtocol.Unknown, "https://gateway.example/openai/", "")]
    [InlineData("openai://127.0.0.1:8080//data/v1/my.gguf", TargetProtocol.OpenAi, "http://127.0.0.1:8080/", "/data/v1/my.gguf")]
    [InlineData("openai://127.0.0.1:8080/v1//data/v1/my.gguf", TargetProtocol.OpenAi, "http://127.0.0.1:8080/", "/data/v1/my.gguf")]
    [InlineData("openai://[::1]:8080/m", TargetProtocol.OpenAi, "http://[::1]:8080/", "m")]
    [InlineData("openais://api.example/m", TargetProtocol.OpenAi, "https://api.example/", "m")]
    [InlineData("llama-server://127.0.0.1", TargetProtocol.LlamaServer, "http://127.0.0.1:8080/", "")]
    [InlineData("llama-server://127.0.0.1:9/", TargetProtocol.LlamaServer, "http://127.0.0.1:9/", "")]
    [InlineData("http://127.0.0.1:8080", TargetProtocol.Unknown, "http://127.0.0.1:8080/", "")]
    [InlineData("http://127.0.0.1/v1", TargetProtocol.Unknown, "http://127.0.0.1/", "")]
    [InlineData("https://far.example/v1/m", TargetProtocol.Unknown, "https://far.example/", "m")]
    public void TryParse_Address_IsRead(string text, Enum protocol, string endpoint, string model)
    {
        Assert.True(TargetAddress.TryParse(text, new ConnectionOptions(), out var address, out var problem), problem);
        Assert.Equal(new TargetAddress((TargetProtocol)protocol, new Uri(endpoint), model), address);
    }

    [Theory]
    [InlineData("ftp://host/m", "scheme")]
    [InlineData("just-words", "scheme")]
    [InlineData("ollama:///m", "host is missing")]
    [InlineData("ollama://127.0.0.1:11434", "model is missing")]
    [InlineData("ollama://127.0.0.1:99999/m", "port")]
    [InlineData("ollama://127.0.0.1:x/m", "port")]
    [InlineData("ollama://127.0.0.1:/m", "port")]
    [InlineData("http://far.example/m", "plain http")]
    [InlineData("http://127.0.0.1/m?x=1", "? or #")]
    [InlineData("ollama://a b/m", "a space")]
    [InlineData("http://127.0.0.1:8000/v1/chat/completions", "'chat/completions' is a path of the protocol")]
    [InlineData("https://gateway.example/llm/v1/models", "'models' is a path of the protocol")]
    [InlineData("http://127.0.0.1:11434/api/generate", "'api/generate' is a path of the protocol")]
    [InlineData("http://127.0.0.1/llm/api/chat", "'api/chat' is a path of the protocol")]
    [InlineData("openai://127.0.0.1/../admin/v1/m", "before /v1")]
    [InlineData("openai://127.0.0.1/a?b/v1/m", "before /v1")]
    public void TryParse_BadAddress_NamesThePart(string text, string part)
    {
        Assert.False(TargetAddress.TryParse(text, new ConnectionOptions(), out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_Password_IsRefusedAndNotRepeated()
    {
        Assert.False(TargetAddress.TryParse("openai://me:hunter2@127.0.0.1/m", new ConnectionOptions(), out _, out var problem));
        Assert.Contains("password", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_PlainHttpAllowed_TakesIt()
    {
        var options = new ConnectionOptions { AllowPlainHttp = true };
        Assert.True(TargetAddress.TryParse("ollama://far.example/m", options, out var address, out _));
        Assert.Equal("http://far.example:11434/", address.Endpoint.AbsoluteUri);
    }
}
