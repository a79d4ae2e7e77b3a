using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>llama.cpp in this process. It takes its log callback only before its first call, so each test that calls it comes here
/// first.</summary>
internal static class LoadedLibrary
{
    private static readonly Lazy<NativeLog> s_log = new(() =>
    {
        // Other tests' servers compute at the same time, and spinning threads would slow both down a hundredfold.
        OpenMpWaitPolicy.SetPassive();
        var log = new NativeLog();
        LlamaLibrary.Load(log);
        return log;
    });

    /// <summary>llama.cpp's log; llama.cpp is loaded.</summary>
    public static NativeLog Log => s_log.Value;
}
