using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

public class ServerErrorClassifierTests
{
    private static readonly HttpAccess s_access = new(new Uri("http://127.0.0.1:1/"), new ConnectionOptions(), RunClock.Start());

    [Theory]
    [InlineData("""{"error":"plain"}""", "plain")]
    [InlineData("""{"error":{"message":"inside","type":"x"}}""", "inside")]
    [InlineData("""{"object":"error","message":"flat"}""", "flat")]
    [InlineData("""{"detail":"of FastAPI"}""", "of FastAPI")]
    [InlineData("""{"error":"{\"error\":{\"code\":400,\"message\":\"too long\",\"n_prompt_tokens\":600,\"n_ctx\":512}}"}""",
        "too long (n_prompt_tokens 600, n_ctx 512)")]
    [InlineData("no JSON", "no JSON")]
    [InlineData("", "no message")]
    [InlineData("{}", "{}")]
    [InlineData("""{"error":"\u001b[31mred\u202e"}""", "[31mred")]
    public void ClassifyStatus_AnyShapeOfError_KeepsItsWords(string body, string expected) =>
        Assert.Equal(new Refused(400, expected), ServerErrorClassifier.ClassifyStatus(400, body, s_access));

    [Theory]
    [InlineData("model requires more system memory (31.5 GiB) than is available (22.1 GiB)")]
    [InlineData("llama-server process has terminated: exit status 1: ggml_aligned_malloc: insufficient memory (attempted to allocate "
        + "32227.50 MB)")]
    [InlineData("failed to allocate buffer for kv cache")]
    [InlineData("CUDA error: out of memory")]
    [InlineData("std::bad_alloc")]
    public void ClassifyStatus_MemoryWordsInAServersFailure_IsOutOfMemory(string words)
    {
        Assert.Equal(new OutOfMemory(words), ServerErrorClassifier.ClassifyStatus(500, $$"""{"error":"{{words}}"}""", s_access));
        // A refusal of the request can repeat the prompt, so its phrases prove nothing.
        Assert.IsType<Refused>(ServerErrorClassifier.ClassifyStatus(400, $$"""{"error":"{{words}}"}""", s_access));
    }

    [Theory]
    [InlineData("model runner has unexpectedly stopped, this may be due to resource limitations")]
    [InlineData("llama runner process has terminated: signal: killed")]
    public void ClassifyStatus_DeathOfTheRunner_IsTargetDied(string words) =>
        Assert.Equal(new TargetDied(words), ServerErrorClassifier.ClassifyStatus(500, $$"""{"error":"{{words}}"}""", s_access));

    [Fact]
    public void ClassifyStatus_EndlessText_IsCut() =>
        Assert.True(
            ServerErrorClassifier.ClassifyStatus(500, new string('x', 60_000), s_access).Detail.Length < ServerErrorClassifier.MaxLength
                + 20);

    [Fact]
    public void ClassifyStatus_DeepNesting_IsText()
    {
        var body = string.Concat(Enumerable.Repeat("{\"error\":", 2000)) + "1";
        Assert.IsType<Refused>(ServerErrorClassifier.ClassifyStatus(400, body, s_access));
    }
}
