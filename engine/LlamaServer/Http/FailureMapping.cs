using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Maps an exception that ended a request to an HTTP status and a message.</summary>
internal static class FailureMapping
{
    public static (int Status, string Message) Describe(Exception error) => error switch
    {
        RefusedException refusal => (refusal.Status, refusal.Message),
        TierException tier => DescribeTier(tier),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            (StatusCodes.Status400BadRequest, "prompt: the body is larger than any prompt of this model; shorten the prompt"),
        // Of the web server.
        BadHttpRequestException request => (request.StatusCode, request.Message),
        _ => (StatusCodes.Status500InternalServerError, $"the server failed: {error.Message}"),
    };

    private static (int Status, string Message) DescribeTier(TierException error) => error.Problem switch
    {
        TierProblem.UnsupportedSystem => (501, $"tier: {error.Message}; leave the tier out on this system"),
        TierProblem.UnsupportedModel =>
            (501, $"tier: {error.Message}; leave the tier out, or use a model such as Llama, Qwen or gpt-oss in one file"),
        TierProblem.UnsupportedBuild =>
            (501, $"tier: {error.Message}; leave the tier out, or use the build of llama.cpp that comes with this program"),
        TierProblem.UnusableFolder => (400, $"tier.folder: {error.Message}"),
        TierProblem.FolderInUse => (409, $"tier.folder: {error.Message}; give each server its own folder"),
        TierProblem.NoMemoryBudget =>
            (400, $"tier.memory_bytes: {error.Message}; give the memory for weights and KV cache, for example --tier /path,2G"),
        TierProblem.NotEnoughMemory or TierProblem.NotEnoughStorage => (507, $"tier: {error.Message}"),
        _ => (500, $"tier: {error.Message}"),
    };
}
