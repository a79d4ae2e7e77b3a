using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>What limited a phase.</summary>
public enum PhaseLimit
{
    /// <summary>Unknown: there are too few samples, or no reading reached its threshold.</summary>
    Unclear,

    /// <summary>Arithmetic.</summary>
    Compute,

    /// <summary>Memory bandwidth.</summary>
    MemoryBandwidth,

    /// <summary>The processors; without measured ceilings, arithmetic and bandwidth cannot be separated.</summary>
    Processor,

    /// <summary>Page faults: pages read back from swap or storage.</summary>
    Faults,

    /// <summary>Reading from storage.</summary>
    Storage,

    /// <summary>Throttling of the processors or the accelerator because of heat or power.</summary>
    Throttling,

    /// <summary>Other work on the machine. It is reported in addition to the limit.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("neighbour")]
    Interference,
}

/// <summary>A reading that a verdict rests on.</summary>
/// <param name="Name">A column, or a quantity computed from columns.</param>
/// <param name="Value">Its value.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Threshold">The threshold that it is compared with; null where there is none.</param>
public sealed record Evidence(string Name, double Value, string Unit, double? Threshold)
{
    /// <summary>Whether a value without a unit is a number of things or of bits, and not a share.</summary>
    internal bool IsCount { get; init; }

    /// <summary>The reading in a sentence: <c>server read from storage 224 MiB/s (threshold: 4.00 MiB/s)</c>. Shares are
    /// percentages.</summary>
    public override string ToString() => $"{Name} {Quantity(Value)}{(Threshold is { } line ? $" (threshold: {Quantity(line)})" : "")}";

    private string Quantity(double value) => Unit switch
    {
        "B" or "B/s" => new ByteSize((long)value) + Unit[1..],
        "" when IsCount => Number(value),
        "" => ShareFormat.Percent(value),
        _ => $"{Number(value)} {Unit}",
    };

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.###", CultureInfo.InvariantCulture);
}

/// <summary>What limited a phase, and what that rests on.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Sentence">The conclusion in English.</param>
/// <param name="Evidence">The readings that it rests on; for <see cref="PhaseLimit.Unclear"/> those that were examined.</param>
public sealed record PhaseVerdict(PhaseLimit Limit, string Sentence, IReadOnlyList<Evidence> Evidence);
