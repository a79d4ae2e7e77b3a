using System.Globalization;
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
internal sealed record MemoryBudget(ByteSize Host, ByteSize? Accelerator = null, ForecastBasis Basis = ForecastBasis.Reserved);

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

    /// <summary>Which bytes were counted.</summary>
    public required ForecastBasis Basis { get; init; }

    /// <summary>Memory at the smallest context, essentially that of the weights.</summary>
    public required ForecastRow Smallest { get; init; }

    /// <summary>Memory at the wall; null where there is none.</summary>
    public required ForecastRow? AtWall { get; init; }

    /// <summary>Single changes that would move the wall to a larger context, the largest first.</summary>
    public required IReadOnlyList<WallMove> Moves { get; init; }

    /// <summary>The forecast in one sentence.</summary>
    public string Describe() => Verdict switch
    {
        WallVerdict.DoesNotFit => $"No context fits into {BudgetText}: {NeedText}.",
        WallVerdict.Unlimited => $"Every context fits into {BudgetText}: this model needs the same memory at every length.",
        WallVerdict.ReachesTrained =>
            $"The whole context of {FormatTokens(TrainedContextTokens)} tokens that the model was trained for fits into {BudgetText}.",
        WallVerdict.BelowTrained =>
            $"A context of {FormatTokens(WallTokens)} tokens fits into {BudgetText}; the model was trained for "
            + $"{FormatTokens(TrainedContextTokens)}.",
        _ => $"A context of {FormatTokens(WallTokens)} tokens fits into {BudgetText}.",
    };

    private string BudgetText => AcceleratorBudget is { } fast ? $"{Budget} of RAM and {fast} of accelerator memory" : $"{Budget}";

    private string NeedText => Smallest switch
    {
        { Accelerator: { } fast } when AcceleratorBudget is not null =>
            $"the smallest context already needs {new ByteSize(Smallest.Host.TotalBytes ?? 0)} of RAM "
            + $"and {new ByteSize(fast.TotalBytes ?? 0)} of accelerator memory",
        { WeightsBytes: { } weights } when weights > Budget.Bytes => $"the weights alone take {new ByteSize(weights)}",
        _ => $"the smallest context already needs {new ByteSize(Smallest.TotalBytes ?? 0)}",
    };

    private static string FormatTokens(int? tokens) => tokens?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";
}

/// <summary>A change that would move the wall.</summary>
/// <param name="Change">What to change, for example <c>KV type q8_0</c>.</param>
/// <param name="Verdict">The position of the new wall.</param>
/// <param name="WallTokens">The new wall; null for none.</param>
public sealed record WallMove(string Change, WallVerdict Verdict, int? WallTokens);
