namespace MemoryWall.LlamaServer;

/// <summary>The exit codes of a process that ends before it listens. Its handshake on standard output contains the reason.</summary>
internal static class ServerExitCodes
{
    public const int Fault = 1;
    public const int Usage = 2;
    public const int BadModel = 3;
    public const int NoNativeLibrary = 4;
    public const int PortInUse = 5;
    public const int ParentGone = 6;
}
