using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary><c>struct ggml_tensor</c> of ggml 0.18 (ggml.h). <see cref="Ggml.FindMismatch"/> verifies it before it is used.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlTensor
{
    public const int Sources = 10;

    public int Type;
    public nint Buffer;
    public fixed long Dimensions[4];
    public fixed ulong Strides[4];
    public int Operation;
    public fixed int Parameters[16];
    public int Flags;
    public fixed long SourcePointers[Sources];
    public GgmlTensor* ViewSource;
    public nuint ViewOffset;
    public nint Data;
    public fixed byte Name[64];
    public nint Extra;

    /// <summary>The tensor that a view refers to; the tensor itself where it is not a view.</summary>
    public static GgmlTensor* Root(GgmlTensor* tensor) => tensor->ViewSource != null ? tensor->ViewSource : tensor;

    public static GgmlTensor* Source(GgmlTensor* tensor, int index) => (GgmlTensor*)tensor->SourcePointers[index];

    public static ReadOnlySpan<byte> NameOf(GgmlTensor* tensor) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(tensor->Name);
}
