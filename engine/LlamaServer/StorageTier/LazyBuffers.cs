using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Until it is disposed, ggml's CPU buffers are allocated lazily: only touched pages take memory, and clearing a new buffer does not touch
/// it. Otherwise llama.cpp allocates and clears the whole KV cache when it creates a context, and under a memory cap the process is killed
/// before anything can be streamed. Use one at a time, on the thread that creates the context.
/// </summary>
internal sealed unsafe class LazyBuffers : IDisposable
{
    // ggml-backend-impl.h: the fields of a buffer type start with get_name, alloc_buffer, get_alignment.
    private const int AllocateIndex = 1;

    // A buffer's fields start with free_buffer; the index of clear depends on the version.
    private const int FreeIndex = 0;
    private const int FirstClearIndex = 5;
    private const int LastClearIndex = 10;

    private static readonly Dictionary<nint, PageBuffer> s_pages = [];
    private static readonly delegate* unmanaged[Cdecl]<nint, nuint, nint> s_bufferFromPointer =
        (delegate* unmanaged[Cdecl]<nint, nuint, nint>)Ggml.Export("ggml_backend_cpu_buffer_from_ptr");
    private static int s_clearIndex;
    private static int s_calls;

    private readonly nint* _type;
    private readonly nint _allocate;

    /// <exception cref="TierException">This build's structures differ from the known ones.</exception>
    public LazyBuffers()
    {
        _type = (nint*)((delegate* unmanaged[Cdecl]<nint>)Ggml.Export("ggml_backend_cpu_buffer_type"))();
        CheckType();
        s_clearIndex = FindClearIndex();
        _allocate = _type[AllocateIndex];
        _type[AllocateIndex] = (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint>)&Allocate;
    }

    public void Dispose() => _type[AllocateIndex] = _allocate;

    /// <summary>Whether a buffer was allocated lazily.</summary>
    public static bool IsLazy(nint buffer) => s_pages.ContainsKey(buffer);

    /// <summary>Locks a buffer's touched pages in memory. Returns false where the system does not allow it.</summary>
    public static bool Lock(nint buffer)
    {
        s_pages[buffer].Lock();
        return s_pages[buffer].IsLocked;
    }

    /// <summary>Takes huge pages for a buffer that is used completely.</summary>
    public static void UseHugePages(nint buffer) => s_pages[buffer].UseHugePages();

    private void CheckType()
    {
        var name = (delegate* unmanaged[Cdecl]<nint, byte*>)Ggml.Export("ggml_backend_buft_name");
        var alignment = (delegate* unmanaged[Cdecl]<nint, nuint>)Ggml.Export("ggml_backend_buft_get_alignment");
        var type = (nint)_type;
        if (!IsWritable(type))
            throw UnsupportedBuild("its buffer type is read-only");
        // The fields before and after alloc_buffer must give the same result as ggml's own functions.
        if (!IsCode(_type[0]) || !IsCode(_type[AllocateIndex]) || !IsCode(_type[2]))
            throw UnsupportedBuild("a buffer type does not start with three functions");
        if (Ggml.Text(((delegate* unmanaged[Cdecl]<nint, byte*>)_type[0])(type)) != Ggml.Text(name(type))
            || ((delegate* unmanaged[Cdecl]<nint, nuint>)_type[2])(type) != alignment(type))
            throw UnsupportedBuild("the fields of a buffer type are in another order");
    }

    // Finds the index of clear by trial: a test function at that index is called when ggml clears a buffer.
    private static int FindClearIndex()
    {
        using var page = PageBuffer.Reserve(PageBuffer.PageSize);
        var clear = (delegate* unmanaged[Cdecl]<nint, byte, void>)Ggml.Export("ggml_backend_buffer_clear");
        var free = (delegate* unmanaged[Cdecl]<nint, void>)Ggml.Export("ggml_backend_buffer_free");
        var buffer = (nint*)s_bufferFromPointer(page.Address, PageBuffer.PageSize);
        var index = FirstClearIndex;
        for (; index <= LastClearIndex; index++)
        {
            var before = buffer[index];
            buffer[index] = (nint)(delegate* unmanaged[Cdecl]<nint, byte, void>)&CountClear;
            s_calls = 0;
            clear((nint)buffer, 0);
            buffer[index] = before;
            if (s_calls == 1)
                break;
        }
        buffer[FreeIndex] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&CountFree;
        s_calls = 0;
        free((nint)buffer);
        if (index > LastClearIndex || s_calls != 1)
            throw UnsupportedBuild("a buffer's clear and free were not found");
        return index;
    }

    private static TierException UnsupportedBuild(string what) =>
        new(TierProblem.UnsupportedBuild, $"the tier does not know this build of llama.cpp ({what})");

    private static bool IsWritable(nint address) => IsMapped(address, permissions => permissions[1] == 'w');

    private static bool IsCode(nint address) => IsMapped(address, permissions => permissions[2] == 'x');

    private static bool IsMapped(nint address, Func<string, bool> allows)
    {
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            // 7f00-7fff r-xp …
            if (line.Split(' ', 3) is not [var range, var permissions, _] || range.Split('-') is not [var first, var last])
                continue;
            if ((nuint)address >= nuint.Parse(first, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                && (nuint)address < nuint.Parse(last, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                return allows(permissions);
        }
        return false;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Allocate(nint type, nuint size)
    {
        try
        {
            var pages = PageBuffer.Reserve((long)size);
            // With huge pages, a buffer of which little is used would be in memory as a whole.
            pages.UseSmallPages();
            var buffer = (nint*)s_bufferFromPointer(pages.Address, size);
            buffer[FreeIndex] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Free;
            buffer[s_clearIndex] = (nint)(delegate* unmanaged[Cdecl]<nint, byte, void>)&DoNotClear;
            s_pages[(nint)buffer] = pages;
            return (nint)buffer;
        }
        catch (Exception)
        {
            // ggml's own allocation also returns null when memory runs out; llama.cpp then logs an error.
            return 0;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint buffer)
    {
        if (s_pages.Remove(buffer, out var pages))
            pages.Dispose();
    }

    // New memory is already zero, and the attention mask hides the contents of unused cells.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void DoNotClear(nint buffer, byte value)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void CountClear(nint buffer, byte value) => s_calls++;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void CountFree(nint buffer) => s_calls++;
}
