namespace MemoryWall.LlamaServer.Inference;

/// <summary>A request that the server does not do; becomes an HTTP answer with this status.</summary>
internal sealed class RefusedException(int status, string message) : Exception(message)
{
    public int Status => status;
}
