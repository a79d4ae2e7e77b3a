using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>What limited a phase.</summary>
public enum PhaseLimit
{
    /// <summary>The samples do not tell: too few, or no line was crossed.</summary>
    Unclear,

    /// <summary>Arithmetic.</summary>
    Compute,

    /// <summary>Bandwidth of memory.</summary>
    MemoryBandwidth,

    /// <summary>The processors, without ceilings that would tell arithmetic and bandwidth apart.</summary>
    Processor,

    /// <summary>Pages brought back from swap or storage.</summary>
    Faults,

    /// <summary>Reading from storage.</summary>
    Storage,

    /// <summary>Processors or accelerator slowed down because of heat or power.</summary>
    Throttling,

    /// <summary>Other work on the machine; stands beside the limit, not in its place.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("neighbour")]
    Interference,
}

/// <summary>A reading that a verdict rests on.</summary>
/// <param name="Name">What it is: a column, or what follows from columns.</param>
/// <param name="Value">Its value.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Threshold">The line that it crossed; null where it is only shown.</param>
public sealed record Evidence(string Name, double Value, string Unit, double? Threshold)
{
    /// <summary>For people: <c>server read from storage 224 MiB/s (line: 4.00 MiB/s)</c>.</summary>
    public override string ToString() => $"{Name} {Quantity(Value)}{(Threshold is { } line ? $" (line: {Quantity(line)})" : "")}";

    private string Quantity(double value) => Unit switch
    {
        "B" or "B/s" => new ByteSize((long)value) + Unit[1..],
        "" => Number(value),
        _ => $"{Number(value)} {Unit}",
    };

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.###", CultureInfo.InvariantCulture);
}

/// <summary>What limited a phase, and what that rests on.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Sentence">The conclusion for people.</param>
/// <param name="Evidence">The readings; for <see cref="PhaseLimit.Unclear"/> those that were looked at.</param>
public sealed record PhaseVerdict(PhaseLimit Limit, string Sentence, IReadOnlyList<Evidence> Evidence);
