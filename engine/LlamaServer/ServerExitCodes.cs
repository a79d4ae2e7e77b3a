namespace MemoryWall.LlamaServer;

/// <summary>What the process ends with when it never listened. Its one line on standard output then holds the reason.</summary>
internal static class ServerExitCodes
{
    public const int Fault = 1;
    public const int Usage = 2;
    public const int BadModel = 3;
    public const int NoNativeLibrary = 4;
    public const int PortInUse = 5;
    public const int ParentGone = 6;
}
