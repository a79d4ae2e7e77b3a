using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Decides where a repacked tensor goes while a model loads.</summary>
internal unsafe interface IRepackTarget
{
    /// <summary>Called for each tensor that llama.cpp repacks.</summary>
    /// <param name="tensor">The tensor; its data may be pointed elsewhere before it is repacked.</param>
    /// <param name="repack">Repacks it to where its data points.</param>
    /// <exception cref="TierException">It cannot be stored; the remaining tensors are then left out.</exception>
    void Store(GgmlTensor* tensor, Action repack);
}

/// <summary>
/// Until it is disposed, the tensors that llama.cpp repacks on loading (the buffer type <c>CPU_REPACK</c>) pass through a target, one after
/// the other. Their common buffer is then only addresses. Use it with <see cref="LazyBuffers"/>, one at a time, on the thread that loads.
/// </summary>
internal sealed unsafe class RepackHook : IDisposable
{
    private const string RepackTypeName = "CPU_REPACK";

    // ggml-backend-impl.h: the fields of a buffer type start with get_name, alloc_buffer; those of a buffer with free_buffer, get_base,
    // init_tensor, memset_tensor, set_tensor.
    private const int AllocateIndex = 1;
    private const int SetIndex = 4;

    private static readonly Lazy<nint> s_type = new(FindType);
    private static RepackHook? s_current;
    private static int s_calls;
    private static nint s_allocate;
    private static nint s_set;

    private readonly IRepackTarget _target;
    private TierException? _failure;

    /// <summary>Starts to pass repacked tensors through the target. Call it only where <see cref="IsSupported"/>.</summary>
    public RepackHook(IRepackTarget target)
    {
        _target = target;
        s_current = this;
        var type = (nint*)s_type.Value;
        s_allocate = type[AllocateIndex];
        type[AllocateIndex] = (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint>)&Allocate;
    }

    /// <summary>Whether this build repacks in the known way, and in no other. Kernels of special processor units (AMX, KleidiAI) have
    /// formats of their own.</summary>
    public static bool IsSupported => s_type.Value != 0;

    /// <exception cref="TierException">A tensor could not be stored; the model is then incomplete.</exception>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw failure;
    }

    public void Dispose()
    {
        ((nint*)s_type.Value)[AllocateIndex] = s_allocate;
        s_current = null;
    }

    private static nint FindType()
    {
        const int CpuDevice = 0;
        var device = ((delegate* unmanaged[Cdecl]<int, nint>)LlamaLibrary.FindGgmlExport("ggml_backend_dev_by_type"))(CpuDevice);
        var registry = ((delegate* unmanaged[Cdecl]<nint, nint>)LlamaLibrary.FindGgmlExport("ggml_backend_dev_backend_reg"))(device);
        nint function;
        fixed (byte* name = "ggml_backend_dev_get_extra_bufts\0"u8)
            function = ((delegate* unmanaged[Cdecl]<nint, byte*, nint>)LlamaLibrary.FindGgmlExport("ggml_backend_reg_get_proc_address"))(
                registry, name);
        if (function == 0)
            return 0;
        var types = ((delegate* unmanaged[Cdecl]<nint, nint*>)function)(device);
        var nameOf = (delegate* unmanaged[Cdecl]<nint, byte*>)Ggml.Export("ggml_backend_buft_name");
        // A second type would repack some of the tensors without passing them on.
        return types != null && types[0] != 0 && types[1] == 0 && Ggml.Text(nameOf(types[0])) == RepackTypeName && IsSetIndexRight()
            ? types[0] : 0;
    }

    // A test function at the index is called when ggml sets a tensor of the buffer.
    private static bool IsSetIndexRight()
    {
        const int Floats = 16;
        var memory = stackalloc float[Floats];
        using var page = PageBuffer.Reserve(PageBuffer.PageSize);
        var wrap = (delegate* unmanaged[Cdecl]<nint, nuint, nint>)Ggml.Export("ggml_backend_cpu_buffer_from_ptr");
        var set = (delegate* unmanaged[Cdecl]<GgmlTensor*, void*, nuint, nuint, void>)Ggml.Export("ggml_backend_tensor_set");
        var free = (delegate* unmanaged[Cdecl]<nint, void>)Ggml.Export("ggml_backend_buffer_free");
        var buffer = (nint*)wrap(page.Address, PageBuffer.PageSize);
        var tensor = new GgmlTensor { Buffer = (nint)buffer, Data = page.Address };
        for (var i = 0; i < 4; i++)
        {
            tensor.Dimensions[i] = i == 0 ? Floats : 1;
            tensor.Strides[i] = (ulong)(i == 0 ? sizeof(float) : Floats * sizeof(float));
        }
        var before = buffer[SetIndex];
        buffer[SetIndex] = (nint)(delegate* unmanaged[Cdecl]<nint, GgmlTensor*, nint, nuint, nuint, void>)&CountSet;
        s_calls = 0;
        set(&tensor, memory, 0, Floats * sizeof(float));
        buffer[SetIndex] = before;
        free((nint)buffer);
        return s_calls == 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Allocate(nint type, nuint size)
    {
        var buffer = (nint*)((delegate* unmanaged[Cdecl]<nint, nuint, nint>)s_allocate)(type, size);
        if (buffer == null)
            return 0;
        s_set = buffer[SetIndex];
        buffer[SetIndex] = (nint)(delegate* unmanaged[Cdecl]<nint, GgmlTensor*, nint, nuint, nuint, void>)&Set;
        return (nint)buffer;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Set(nint buffer, GgmlTensor* tensor, nint data, nuint offset, nuint size)
    {
        var (function, address) = (s_set, (nint)tensor);
        void Repack() => ((delegate* unmanaged[Cdecl]<nint, nint, nint, nuint, nuint, void>)function)(buffer, address, data, offset, size);
        if (s_current is not { } hook)
        {
            Repack();
            return;
        }
        if (hook._failure is not null)
            return;
        // Nothing may be thrown through llama.cpp.
        try
        {
            hook._target.Store(tensor, Repack);
        }
        catch (Exception failure)
        {
            hook._failure = TierException.From(failure);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void CountSet(nint buffer, GgmlTensor* tensor, nint data, nuint offset, nuint size) => s_calls++;
}
