using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// Fills the cells of a KV cache with random values for synthetic depth. The values do not change the computing time, but they matter for
/// memory: pages of zeros are not written when they are swapped out, and compress to nothing.
/// </summary>
internal sealed unsafe class RandomKvFiller : INodeListener
{
    // type (4 bytes and 4 of padding), then buffer: ggml 0.18, ggml.h, struct ggml_tensor.
    private const int BufferOffset = 8;
    private const int BlockBytes = 1 << 20;

    // A cell contains 16-bit floats, or blocks that start with a 16-bit scale. Without these two exponent bits every number is finite and
    // below 1/128.
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

    /// <summary>Bytes that <see cref="Fill"/> writes: the observed buffers of the KV cache in the process's memory.</summary>
    public long FilledBytes { get; private set; }

    /// <summary>Forgets the buffers of a freed context.</summary>
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
        // If the data is outside its buffer, ggml's layout differs from the one assumed here, and the buffer is not filled; FilledBytes
        // shows it.
        var (start, size) = (_base(buffer), (long)_size(buffer));
        if (_data(tensor) >= start && _data(tensor) < start + size && _buffers.Add(buffer))
            FilledBytes += size;
        return false;
    }

    public void OnNodeDone(nint tensor)
    {
    }

    /// <summary>Creates a MiB of random cells.</summary>
    public static byte[] CreateRandomBlock()
    {
        var block = new byte[BlockBytes];
        new Random(1).NextBytes(block);
        foreach (ref var word in MemoryMarshal.Cast<byte, ushort>(block.AsSpan()))
            word &= FiniteMask;
        return block;
    }
}
