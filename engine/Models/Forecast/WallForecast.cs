using System.Text.Json.Serialization;
using MemoryWall.Core.Units;

namespace MemoryWall.Models.Forecast;

/// <summary>Which bytes are compared with a budget.</summary>
public enum ForecastBasis
{
    /// <summary>All memory that llama.cpp allocates. It must fit into accelerator memory, and it is the conservative choice for
    /// RAM.</summary>
    Reserved,

    /// <summary>Resident memory in RAM: above it weights are read again or memory is swapped. Accelerator memory always counts as
    /// reserved.</summary>
    Resident,

    /// <summary>Memory that the system cannot evict: above it a process under a limit without swap is killed.</summary>
    Anonymous,
}

/// <summary>Memory that a model may use.</summary>
/// <param name="Host">RAM, or all memory where <paramref name="Accelerator"/> is null.</param>
/// <param name="Accelerator">Accelerator memory, compared with the offloaded layers; null to count every byte against
/// <paramref name="Host"/>.</param>
/// <param name="Basis">Which bytes are counted.</param>
internal sealed record MemoryBudget(ByteSize Host, ByteSize? Accelerator = null, ForecastBasis Basis = ForecastBasis.Reserved)
{
    /// <summary>The memory of each of several accelerators, whose sum is <see cref="Accelerator"/>; empty where only the sum counts.
    /// </summary>
    public IReadOnlyList<ByteSize> Accelerators { get; init; } = [];
}

/// <summary>The position of a wall.</summary>
public enum WallVerdict
{
    /// <summary>Not even one token of context fits: the weights are too large.</summary>
    DoesNotFit,

    /// <summary>Memory runs out below the context that the model was trained for.</summary>
    BelowTrained,

    /// <summary>The trained context fits; memory runs out at it or above it.</summary>
    ReachesTrained,

    /// <summary>Memory runs out at this context; the trained context is unknown.</summary>
    TrainedUnknown,

    /// <summary>Every context fits, because memory does not grow with it (recurrent models).</summary>
    Unlimited,
}

/// <summary>The predicted wall.</summary>
public sealed record WallForecast
{
    /// <summary>The largest context window that fits, in tokens; null for <see cref="WallVerdict.DoesNotFit"/> and
    /// <see cref="WallVerdict.Unlimited"/>.</summary>
    public required int? WallTokens { get; init; }

    /// <summary>Its position.</summary>
    public required WallVerdict Verdict { get; init; }

    /// <summary>The context that the model was trained for; absent where unknown.</summary>
    public required int? TrainedContextTokens { get; init; }

    /// <summary>The budget in RAM, or the whole budget.</summary>
    [JsonPropertyName("budget_bytes")]
    public required ByteSize Budget { get; init; }

    /// <summary>The budget in accelerator memory; absent where all memory counts against <see cref="Budget"/>.</summary>
    [JsonPropertyName("accelerator_budget_bytes")]
    public required ByteSize? AcceleratorBudget { get; init; }

    /// <summary>The budgets of several accelerators, in order; empty where there is one, or none.</summary>
    [JsonPropertyName("accelerator_budgets_bytes")]
    public IReadOnlyList<ByteSize> AcceleratorBudgets { get; init; } = [];

    /// <summary>Which bytes were counted.</summary>
    public required ForecastBasis Basis { get; init; }

    /// <summary>Memory at the smallest context, essentially that of the weights.</summary>
    public required ForecastRow Smallest { get; init; }

    /// <summary>Memory at the wall; null where there is none.</summary>
    public required ForecastRow? AtWall { get; init; }

    /// <summary>Single changes that would move the wall to a larger context, the largest first.</summary>
    public required IReadOnlyList<WallMove> Moves { get; init; }
}

/// <summary>A change that would move the wall.</summary>
/// <param name="Change">What to change, for example <c>KV type q8_0</c>.</param>
/// <param name="Verdict">The position of the new wall.</param>
/// <param name="WallTokens">The new wall; null for none.</param>
public sealed record WallMove(string Change, WallVerdict Verdict, int? WallTokens);
