using System.Runtime.Intrinsics.X86;

namespace MemoryWall.Machine.Facts;

/// <summary>The instruction sets of the processor that decide how fast it can compute, by their names in
/// <c>/proc/cpuinfo</c>.</summary>
internal static class InstructionSets
{
    private static readonly HashSet<string> s_known =
    [
        "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile",
        "amx_int8", "amx_bf16", "asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve", "sve2", "sme", "neon",
    ];

    /// <summary>Those of a Linux machine, in order of name; null where the file has no list of them.</summary>
    /// <param name="cpuinfo">The text of <c>/proc/cpuinfo</c>.</param>
    public static IReadOnlyList<string>? FromCpuInfo(string? cpuinfo)
    {
        foreach (var line in (cpuinfo ?? "").Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Trim() is "flags" or "Features")
                return [.. line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Where(s_known.Contains).Distinct().Order(StringComparer.Ordinal)];
        }
        return null;
    }

    /// <summary>Those that an x86 processor reports by CPUID; null on other processors.</summary>
    public static IReadOnlyList<string>? FromProcessor()
    {
        if (!X86Base.IsSupported)
            return null;
        var (maxLeaf, _, _, _) = X86Base.CpuId(0, 0);
        var (_, _, features, _) = X86Base.CpuId(1, 0);
        var (maxSubleaf, ebx, ecx, edx) = maxLeaf >= 7 ? X86Base.CpuId(7, 0) : default;
        var (eax, _, _, _) = maxSubleaf >= 1 ? X86Base.CpuId(7, 1) : default;
        (string Name, int Register, int Bit)[] bits =
        [
            ("avx", features, 28), ("fma", features, 12), ("f16c", features, 29), ("avx2", ebx, 5), ("avx512f", ebx, 16),
            ("avx512bw", ebx, 30), ("avx512_vnni", ecx, 11), ("avx512_fp16", edx, 23), ("amx_bf16", edx, 22), ("amx_tile", edx, 24),
            ("amx_int8", edx, 25), ("avx_vnni", eax, 4), ("avx512_bf16", eax, 5),
        ];
        return [.. bits.Where(bit => (bit.Register >> bit.Bit & 1) == 1).Select(bit => bit.Name).Order(StringComparer.Ordinal)];
    }
}
