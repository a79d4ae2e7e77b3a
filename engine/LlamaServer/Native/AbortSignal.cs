using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// Stops the computation of the llama.cpp contexts that were created with it (<c>abort_callback</c>). llama.cpp reads the flag between
/// the nodes of a graph. Any thread may set it. It must outlive those contexts.
/// </summary>
internal sealed unsafe class AbortSignal : IDisposable
{
    // In native memory, so that llama.cpp's threads read it without entering the runtime's handle table.
    private byte* _flag = (byte*)NativeMemory.AllocZeroed(1);

    /// <summary>For <c>abort_callback</c>.</summary>
    public static nint Callback => (nint)(delegate* unmanaged[Cdecl]<nint, byte>)&ReadFlag;

    /// <summary>For <c>abort_callback_data</c>.</summary>
    public nint UserData => (nint)_flag;

    /// <summary>Whether the computation under way is to stop.</summary>
    public bool IsRequested => _flag != null && Volatile.Read(ref *_flag) != 0;

    /// <summary>Asks the computation under way to stop after its current node.</summary>
    public void Request() => Write(1);

    /// <summary>Allows computation again.</summary>
    public void Clear() => Write(0);

    public void Dispose()
    {
        NativeMemory.Free(_flag);
        _flag = null;
    }

    private void Write(byte value)
    {
        if (_flag != null)
            Volatile.Write(ref *_flag, value);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte ReadFlag(nint data) => Volatile.Read(ref *(byte*)data);
}
