namespace MemoryWall.Models.Hardware;

/// <summary>A kind of memory of a machine.</summary>
internal enum MemoryKind
{
    /// <summary>Memory of a graphics processor (tier 1).</summary>
    Gpu,

    /// <summary>Memory of the processor (tier 2).</summary>
    Ram,

    /// <summary>Memory that processor and graphics processor share (Apple silicon, integrated graphics).</summary>
    Unified,

    /// <summary>Storage (tier 3).</summary>
    Storage,
}

/// <summary>The words for kinds of memory that a user writes.</summary>
internal static class MemoryKinds
{
    public const string Known = "ram, gpu, unified or storage";

    /// <summary>The kind; null for an unknown word.</summary>
    public static MemoryKind? Find(string word) => word.ToLowerInvariant() switch
    {
        "gpu" or "vram" => MemoryKind.Gpu,
        "ram" or "memory" => MemoryKind.Ram,
        "unified" or "shared" => MemoryKind.Unified,
        "storage" or "ssd" or "nvme" or "disk" => MemoryKind.Storage,
        _ => null,
    };

    /// <summary>Reads <c>ram=A,gpu=B</c>.</summary>
    /// <exception cref="FormatException">A part has no known kind, or a kind is there twice.</exception>
    public static IReadOnlyDictionary<MemoryKind, string> ParseList(string text, string example)
    {
        var found = new Dictionary<MemoryKind, string>();
        foreach (var part in text.Split(','))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                throw new FormatException($"'{part}' does not name a memory; for example {example}");
            var kind = Find(part[..equals].Trim())
                ?? throw new FormatException($"'{part[..equals].Trim()}' is not a kind of memory; write {Known}");
            if (!found.TryAdd(kind, part[(equals + 1)..].Trim()))
                throw new FormatException($"'{part[..equals].Trim()}' is there twice; write each memory once, as in {example}");
        }
        return found;
    }
}
