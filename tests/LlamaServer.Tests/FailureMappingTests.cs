using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

public sealed class FailureMappingTests
{
    [Theory]
    [InlineData("UnsupportedSystem", 501, "tier: ")]
    [InlineData("UnsupportedModel", 501, "tier: ")]
    [InlineData("UnsupportedBuild", 501, "tier: ")]
    [InlineData("UnusableFolder", 400, "tier.folder: ")]
    [InlineData("FolderInUse", 409, "tier.folder: ")]
    [InlineData("NoMemoryBudget", 400, "tier.memory_bytes: ")]
    [InlineData("NotEnoughMemory", 507, "tier: ")]
    [InlineData("NotEnoughStorage", 507, "tier: ")]
    [InlineData("StorageError", 500, "tier: ")]
    public void Describe_TierProblem_HasItsStatusAndNamesTheOption(string problem, int status, string option)
    {
        var (actual, message) = FailureMapping.Describe(new TierException(Enum.Parse<TierProblem>(problem), "the reason"));

        Assert.Equal(status, actual);
        Assert.StartsWith($"{option}the reason", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_RefusalOrFault_KeepsItsStatusOrIs500()
    {
        Assert.Equal((400, "num_ctx: no"), FailureMapping.Describe(new RefusedException(400, "num_ctx: no")));
        Assert.Equal((500, "the server failed: x"), FailureMapping.Describe(new InvalidOperationException("x")));
    }
}
