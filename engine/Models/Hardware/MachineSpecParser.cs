using System.Globalization;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Units;

namespace MemoryWall.Models.Hardware;

/// <summary>
/// Reads machines: <c>16GB</c>, <c>64GB+2x24GB-gpu</c>, <c>laptop=36GB-unified@273GB/s+1TB-storage</c>. A machine is a name where one is
/// given, and its memories; a memory is a number, a size, a kind (RAM where none is given) and a bandwidth.
/// </summary>
internal static class MachineSpecParser
{
    private const int MaxMachines = 64;
    private const int MaxGpus = 64;
    private const int MaxNameLength = 40;
    private const long MaxBytes = 1L << 50;
    private const string Example = "16GB, 24GB-gpu, 64GB+2x24GB-gpu or laptop=36GB-unified";

    /// <summary>Machines that commas separate.</summary>
    /// <exception cref="FormatException">A machine cannot be read, or two have one name; the message says what would be right.</exception>
    public static IReadOnlyList<MachineSpec> ParseList(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new FormatException($"no machine is given; write for example {Example}");
        var machines = text.Split(',').Select(Parse).ToList();
        if (machines.Count > MaxMachines)
            throw new FormatException($"{machines.Count} machines are too many; write at most {MaxMachines}");
        var twice = machines.GroupBy(machine => machine.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
        return twice is null ? machines : throw new FormatException($"'{twice.Key}' is there twice; give each machine a name of its own");
    }

    /// <summary>One machine.</summary>
    /// <exception cref="FormatException">It cannot be read.</exception>
    public static MachineSpec Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var description = text[(equals + 1)..].Trim();
        var name = equals < 0 ? description : text[..equals].Trim();
        if (name.Length == 0)
            throw new FormatException($"'{text}' has no {(equals < 0 ? "memory" : "name")}; write for example {Example}");
        if (equals >= 0 && (name.Length > MaxNameLength || name.Any(SafeText.IsUnsafe)))
            throw new FormatException($"the name '{name}' cannot be shown; write at most {MaxNameLength} letters");
        var machine = new MachineSpec { Name = name, Description = description };
        foreach (var part in description.Split('+'))
            machine = Add(machine, part.Trim(), text.Trim());
        return machine.Ram is null && machine.Gpus.Count == 0
            ? throw new FormatException($"'{text.Trim()}' has storage only; add its memory, for example {Example}")
            : machine;
    }

    private static MachineSpec Add(MachineSpec machine, string text, string whole)
    {
        var (kind, count, part) = ParsePart(text, whole);
        switch (kind)
        {
            case MemoryKind.Gpu when count + machine.Gpus.Count > MaxGpus:
                throw new FormatException($"'{whole}' has more than {MaxGpus} GPUs");
            case MemoryKind.Gpu:
                machine = machine with { Gpus = [.. machine.Gpus, .. Enumerable.Repeat(part, count)] };
                break;
            case MemoryKind.Storage when machine.Storage is not null:
                throw new FormatException($"'{whole}' has two storages; write the one with the model");
            case MemoryKind.Storage:
                machine = machine with { Storage = Multiply(part, count, whole) };
                break;
            default:
                if (machine.Ram is not null)
                    throw new FormatException($"'{whole}' has two memories that are no GPU; write their sum");
                machine = machine with { Ram = Multiply(part, count, whole), IsUnified = kind == MemoryKind.Unified };
                break;
        }
        return machine is { IsUnified: true, Gpus.Count: > 0 }
            ? throw new FormatException($"'{whole}' has unified memory and a GPU of its own; write the one that the model uses")
            : machine;
    }

    private static (MemoryKind Kind, int Count, MemoryPart Part) ParsePart(string text, string whole)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        double? rate = at < 0 ? null : ByteRate.Parse(text[(at + 1)..].Trim());
        var body = at < 0 ? text : text[..at];
        var dash = body.IndexOf('-', StringComparison.Ordinal);
        var word = dash < 0 ? null : body[(dash + 1)..].Trim();
        var kind = word is null ? MemoryKind.Ram : MemoryKinds.Find(word)
            ?? throw new FormatException($"'{word}' in '{whole}' is not a kind of memory; write {MemoryKinds.Known}");
        var size = (dash < 0 ? body : body[..dash]).Trim();
        var times = size.IndexOf('x', StringComparison.OrdinalIgnoreCase);
        var count = 1;
        if (times >= 0 && (!int.TryParse(size[..times], NumberStyles.None, CultureInfo.InvariantCulture, out count)
                || count is < 1 or > MaxGpus))
            throw new FormatException($"'{size[..times]}' in '{whole}' is not a number from 1 to {MaxGpus}; for example 2x24GB-gpu");
        size = size[(times + 1)..].Trim();
        if (size.Length == 0)
            throw new FormatException($"'{text}' in '{whole}' has no size; for example {Example}");
        return (kind, count, new MemoryPart(ParseSize(size, whole, isMemory: kind != MemoryKind.Storage), rate));
    }

    private static ByteSize ParseSize(string text, string whole, bool isMemory)
    {
        var size = ByteSize.Parse(text);
        // Memory is made in powers of two, so its GB are GiB; a 24 GB card has 24,564 MiB and more.
        if (isMemory && text is [.., 'K' or 'M' or 'G' or 'T' or 'k' or 'm' or 'g' or 't', 'B' or 'b'])
            size = ByteSize.Parse(text[..^1] + "iB");
        return size.Bytes is > 0 and <= MaxBytes ? size
            : throw new FormatException($"'{text}' in '{whole}' is not a size above 0, at most {new ByteSize(MaxBytes)}; for example 16GB");
    }

    private static MemoryPart Multiply(MemoryPart part, int count, string whole) => part.Bytes.Bytes <= MaxBytes / count
        ? part with { Bytes = new ByteSize(part.Bytes.Bytes * count) }
        : throw new FormatException($"'{whole}' is more than {new ByteSize(MaxBytes)}");
}
