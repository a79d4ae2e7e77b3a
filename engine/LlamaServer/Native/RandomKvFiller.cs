using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// Fills the cells of a KV cache with random values, for depths that are reached without computing. Time does not depend on what lies in
/// the cells, but memory does: pages of zeros are not written when they are swapped out, and compress to nothing.
/// </summary>
internal sealed unsafe class RandomKvFiller : INodeListener
{
    // type (4 bytes and 4 of padding), then buffer: ggml 0.18, ggml.h, struct ggml_tensor.
    private const int BufferOffset = 8;
    private const int BlockBytes = 1 << 20;

    // Whatever a cell holds (16-bit floats, or blocks that begin with a 16-bit scale), without these two bits of the exponent every number
    // in it is finite and below 1/128.
    private const ushort FiniteMask = 0x9FFF;

    private readonly HashSet<nint> _buffers = [];
    private readonly Lazy<byte[]> _block = new(CreateRandomBlock);
    private readonly delegate* unmanaged[Cdecl]<nint, byte*> _name;
    private readonly delegate* unmanaged[Cdecl]<nint, nint> _data;
    private readonly delegate* unmanaged[Cdecl]<nint, nint> _base;
    private readonly delegate* unmanaged[Cdecl]<nint, nuint> _size;
    private readonly delegate* unmanaged[Cdecl]<nint, byte> _isHost;

    public RandomKvFiller()
    {
        var library = LlamaLibrary.LoadGgml();
        _name = (delegate* unmanaged[Cdecl]<nint, byte*>)NativeLibrary.GetExport(library, "ggml_get_name");
        _data = (delegate* unmanaged[Cdecl]<nint, nint>)NativeLibrary.GetExport(library, "ggml_get_data");
        _base = (delegate* unmanaged[Cdecl]<nint, nint>)NativeLibrary.GetExport(library, "ggml_backend_buffer_get_base");
        _size = (delegate* unmanaged[Cdecl]<nint, nuint>)NativeLibrary.GetExport(library, "ggml_backend_buffer_get_size");
        _isHost = (delegate* unmanaged[Cdecl]<nint, byte>)NativeLibrary.GetExport(library, "ggml_backend_buffer_is_host");
    }

    /// <summary>Bytes that <see cref="Fill"/> writes: the buffers of the cache that were seen, where they lie in the process's
    /// memory.</summary>
    public long FilledBytes { get; private set; }

    /// <summary>Forgets the buffers of a context that is gone.</summary>
    public void Reset()
    {
        _buffers.Clear();
        FilledBytes = 0;
    }

    /// <summary>Fills every cell.</summary>
    public void Fill()
    {
        var block = _block.Value;
        foreach (var buffer in _buffers)
        {
            var (start, size) = (_base(buffer), (long)_size(buffer));
            for (long at = 0; at < size; at += BlockBytes)
                Marshal.Copy(block, 0, (nint)(start + at), (int)Math.Min(BlockBytes, size - at));
        }
    }

    public bool OnNodeStarting(nint tensor)
    {
        var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(_name(tensor));
        if (!name.StartsWith("cache_k_l"u8) && !name.StartsWith("cache_v_l"u8))
            return false;
        var buffer = *(nint*)(tensor + BufferOffset);
        if (buffer == 0 || _isHost(buffer) == 0)
            return false;
        // A tensor whose data lies elsewhere is laid out otherwise than we think, and nothing is filled then: the report says so by its
        // bytes.
        var (start, size) = (_base(buffer), (long)_size(buffer));
        if (_data(tensor) >= start && _data(tensor) < start + size && _buffers.Add(buffer))
            FilledBytes += size;
        return false;
    }

    public void OnNodeDone(nint tensor)
    {
    }

    /// <summary>A MiB of cells.</summary>
    public static byte[] CreateRandomBlock()
    {
        var block = new byte[BlockBytes];
        new Random(1).NextBytes(block);
        foreach (ref var word in MemoryMarshal.Cast<byte, ushort>(block.AsSpan()))
            word &= FiniteMask;
        return block;
    }
}
