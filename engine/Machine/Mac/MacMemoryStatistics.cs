using System.Runtime.Versioning;

namespace MemoryWall.Machine.Mac;

/// <summary>Memory of a Mac from <c>host_statistics64(HOST_VM_INFO64)</c>, the words of <c>vm_statistics64</c>.</summary>
/// <param name="PageBytes">Bytes in a page.</param>
/// <param name="Words">The structure as 32-bit words.</param>
internal readonly record struct MacMemoryStatistics(long PageBytes, uint[] Words)
{
    // vm_statistics64: four natural_t, then nine uint64_t (zero_fill … purges), then purgeable and speculative, then four uint64_t
    // (decompressions, compressions, swapins, swapouts), then compressor, throttled, external and internal pages.
    public const int WordCount = 38;

    public long AvailableBytes => (Words[0] + Words[2] + (long)Words[22]) * PageBytes;

    public long ActiveBytes => Words[1] * PageBytes;

    public long FileBytes => Words[34] * PageBytes;

    public long AnonymousBytes => Words[35] * PageBytes;

    public long CompressedBytes => Words[32] * PageBytes;

    public long PageIns => ReadUInt64(8);

    public long Faults => ReadUInt64(12);

    public long SwapIns => ReadUInt64(28);

    public long SwapOuts => ReadUInt64(30);

    [SupportedOSPlatform("macos")]
    public static unsafe MacMemoryStatistics? Read()
    {
        var words = new uint[64];
        var count = (uint)words.Length;
        fixed (uint* start = words)
        {
            return MacNative.HostStatistics64(MacNative.HostSelf(), MacNative.VmInfo64, start, ref count) == 0 && count >= WordCount
                ? new MacMemoryStatistics(Environment.SystemPageSize, words)
                : null;
        }
    }

    private long ReadUInt64(int word) => (long)(Words[word] | ((ulong)Words[word + 1] << 32));
}
