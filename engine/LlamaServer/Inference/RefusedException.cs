namespace MemoryWall.LlamaServer.Inference;

/// <summary>A request that the server refuses. It becomes an HTTP response with this status.</summary>
internal sealed class RefusedException(int status, string message) : Exception(message)
{
    public int Status => status;
}
