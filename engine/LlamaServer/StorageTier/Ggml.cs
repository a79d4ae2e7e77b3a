using System.Runtime.InteropServices;
using System.Text;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>ggml's accessor functions, and a check of <see cref="GgmlTensor"/> against them.</summary>
internal static unsafe class Ggml
{
    private static readonly nint s_library = LlamaLibrary.LoadGgml();
    private static readonly delegate* unmanaged[Cdecl]<GgmlTensor*, byte*> s_name = (delegate* unmanaged[Cdecl]<GgmlTensor*, byte*>)Export(
        "ggml_get_name");
    private static readonly delegate* unmanaged[Cdecl]<GgmlTensor*, nint> s_data = (delegate* unmanaged[Cdecl]<GgmlTensor*, nint>)Export(
        "ggml_get_data");
    private static readonly delegate* unmanaged[Cdecl]<GgmlTensor*, nuint> s_bytes = (delegate* unmanaged[Cdecl]<GgmlTensor*, nuint>)Export(
        "ggml_nbytes");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint> s_base = (delegate* unmanaged[Cdecl]<nint, nint>)Export(
        "ggml_backend_buffer_get_base");
    private static readonly delegate* unmanaged[Cdecl]<nint, nuint> s_size = (delegate* unmanaged[Cdecl]<nint, nuint>)Export(
        "ggml_backend_buffer_get_size");
    private static readonly delegate* unmanaged[Cdecl]<int, byte*> s_operation = (delegate* unmanaged[Cdecl]<int, byte*>)Export(
        "ggml_op_name");
    private static readonly delegate* unmanaged[Cdecl]<GgmlTensor*, byte*> s_description =
        (delegate* unmanaged[Cdecl]<GgmlTensor*, byte*>)Export("ggml_op_desc");

    public static nint Export(string name) => NativeLibrary.GetExport(s_library, name);

    public static long Bytes(GgmlTensor* tensor) => (long)s_bytes(tensor);

    public static long BufferBytes(nint buffer) => (long)s_size(buffer);

    public static nint BufferBase(nint buffer) => s_base(buffer);

    /// <summary>The operation's name, for example <c>SET_ROWS</c>; operation numbers differ between versions.</summary>
    public static string OperationName(GgmlTensor* tensor) => Text(s_operation(tensor->Operation));

    /// <summary>The name of a field whose offset differs from <see cref="GgmlTensor"/>; null where all match.</summary>
    public static string? FindMismatch(GgmlTensor* tensor)
    {
        // The name is the last field, so its offset verifies the size of all fields before it.
        if (s_name(tensor) != tensor->Name)
            return "name";
        if (s_data(tensor) != tensor->Data)
            return "data";
        if (Text(s_description(tensor)) is var described && described != OperationName(tensor)
            && OperationName(tensor) is not ("UNARY" or "GLU"))
            return "op";
        if (tensor->ViewSource != null && tensor->Data != 0 && tensor->ViewSource->Data + (nint)tensor->ViewOffset != tensor->Data)
            return "view_src";
        return null;
    }

    /// <summary>As <see cref="FindMismatch"/>, for a tensor that owns contiguous memory.</summary>
    public static string? FindOwnerMismatch(GgmlTensor* tensor)
    {
        if (FindMismatch(tensor) is { } field)
            return field;
        if (tensor->Dimensions[3] * (long)tensor->Strides[3] != Bytes(tensor))
            return "ne and nb";
        // The tier places repacked tensors, which have extra data, outside their buffer.
        if (tensor->Extra != 0)
            return null;
        if (tensor->Buffer == 0 || tensor->Data < BufferBase(tensor->Buffer)
            || tensor->Data + Bytes(tensor) > BufferBase(tensor->Buffer) + BufferBytes(tensor->Buffer))
            return "buffer";
        return null;
    }

    public static string Text(byte* text) =>
        text == null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
