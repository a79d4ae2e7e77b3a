using CsCheck;
using MemoryWall.Targets;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

public class ServerMetricsTests
{
    // Recorded from llama-server b11669 after one request of 6 tokens, shortened.
    private const string LlamaServer = """
        # HELP llamacpp:prompt_tokens_total Number of prompt tokens processed, excluding cached tokens
        # TYPE llamacpp:prompt_tokens_total counter
        llamacpp:prompt_tokens_total 6
        # HELP llamacpp:prompt_tokens_cached_total Number of prompt tokens reused from the cache
        # TYPE llamacpp:prompt_tokens_cached_total counter
        llamacpp:prompt_tokens_cached_total 0
        # HELP llamacpp:tokens_predicted_total Number of generation tokens processed
        # TYPE llamacpp:tokens_predicted_total counter
        llamacpp:tokens_predicted_total 8
        llamacpp:tokens_predicted_seconds_total 0.007958
        # HELP llamacpp:requests_processing Number of requests processing
        # TYPE llamacpp:requests_processing gauge
        llamacpp:requests_processing 0
        # TYPE llamacpp:requests_deferred gauge
        llamacpp:requests_deferred 3
        """;

    [Fact]
    public void Read_PageOfARealLlamaServer_IsItsState() =>
        Assert.Equal(new ServerState { RunningRequests = 0, WaitingRequests = 3, PromptTokens = 6, CachedTokens = 0, GeneratedTokens = 8 },
            ServerMetrics.Parse(LlamaServer));

    [Fact]
    public void Read_EnginesAndModels_AreAddedUpAndTheFullestCacheCounts() => Assert.Equal(
        new ServerState { RunningRequests = 5, WaitingRequests = 1, PromptTokens = 1_234_567, GeneratedTokens = 40, KvCacheUsage = 0.75 },
        ServerMetrics.Parse("""
            vllm:num_requests_running{engine="0",model_name="a"} 2.0
            vllm:num_requests_running{engine="1",model_name="a } 9"} 3.0
            vllm:num_requests_running_by_reason{reason="x"} 100
            vllm:num_requests_waiting{engine="0"} 1.0 1764038400000
            vllm:prompt_tokens_total{engine="0"} 1.234567e+06
            vllm:generation_tokens_total 40
            vllm:kv_cache_usage_perc{engine="0"} 0.25
            vllm:kv_cache_usage_perc{engine="1"} 0.75
            """));

    [Theory]
    [InlineData("")]
    [InlineData("<html>no metrics here</html>")]
    [InlineData("# TYPE llamacpp:requests_processing gauge")]
    [InlineData("llamacpp:requests_processing NaN\nllamacpp:tokens_predicted_total +Inf")]
    [InlineData("llamacpp:requests_processing -1\nvllm:kv_cache_usage_perc 7")]
    [InlineData("llamacpp:requests_processing 1e300\nllamacpp:tokens_predicted_total 1e19")]
    [InlineData("vllm:num_requests_running{engine=\"0\" 2")]
    [InlineData("llamacpp:requests_processing")]
    public void Read_NothingThatIsACount_IsAbsentAndNotZero(string page) => Assert.Null(ServerMetrics.Parse(page));

    [Fact]
    public void Read_Garbage_NeverThrows() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["vllm:num_requests_running{}\"= \n0123456789.eE+-NaI\t"], 0, 80],
            Gen.Int[0, LlamaServer.Length].Select(cut => LlamaServer[cut..] + "{ 1"))
            .Sample(page => { _ = ServerMetrics.Parse("vllm:num_requests_running" + page); _ = ServerMetrics.Parse(page); },
                iter: LongTests.Draws(2000));
}
