using MemoryWall.Core.Facts;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Predicts the memory of a model as a function of its context, from its shape and llama.cpp's rules of allocation, without running it.
/// Verified against llama.cpp (ggml 0.18, commit 815a2a591) on the CPU backend; other servers and backends differ, mostly in the compute
/// buffer.
/// </summary>
internal static class MemoryForecast
{
    /// <summary>The reasons why llama.cpp would refuse these settings; empty for valid settings.</summary>
    public static IReadOnlyList<string> FindProblems(ModelShape shape, ForecastSettings settings) =>
        ForecastChecks.FindProblems(shape, Applied(shape, settings));

    /// <summary>Memory at one context.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="contextTokens">The context window in tokens (<c>n_ctx</c>), 1 or more. llama.cpp pads it to 256.</param>
    /// <exception cref="ArgumentException">The settings or the shape are invalid: see <see cref="FindProblems"/>.</exception>
    public static ForecastRow Compute(ModelShape shape, ForecastSettings settings, int contextTokens) =>
        Prepare(shape, settings).Compute(contextTokens);

    /// <summary>A forecast for many contexts of the same model and settings.</summary>
    /// <exception cref="ArgumentException">The settings or the shape are invalid: see <see cref="FindProblems"/>.</exception>
    public static PreparedForecast Prepare(ModelShape shape, ForecastSettings settings)
    {
        settings = Applied(shape, settings);
        ForecastChecks.ThrowIfInvalid(shape, settings);
        return PreparedForecast.Create(shape, settings);
    }

    /// <summary>Memory at several contexts and, with a budget, the wall.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="contexts">Context windows in tokens, each 1 or more.</param>
    /// <param name="budget">The budget; null for no wall.</param>
    /// <exception cref="ArgumentException">The settings or the shape are invalid: see <see cref="FindProblems"/>.</exception>
    public static ForecastTable ComputeTable(ModelShape shape, ForecastSettings settings, IEnumerable<int> contexts,
        MemoryBudget? budget = null)
    {
        var prepared = Prepare(shape, settings);
        return new()
        {
            Model = shape.Name ?? shape.Architecture,
            KeyType = settings.KeyType.Name,
            ValueType = settings.ValueType.Name,
            FlashAttention = prepared.Settings.FlashAttention,
            Slots = settings.Sequences,
            UnifiedCache = settings.UnifiedCache,
            LogitsTokens = settings.OutputTokens,
            IsKnownArchitecture = KnownArchitectures.IsKnown(shape.Architecture),
            Unread = (shape.HasUnreadIndex ? UnreadParts.Index : 0) | (shape.HasUnreadStreams ? UnreadParts.Streams : 0),
            UnmatchedOverrides = prepared.FindUnmatchedOverrides(),
            Rows = [.. contexts.Select(prepared.Compute)],
            Wall = budget is null ? null : ForecastWallFinder.Find(prepared, shape, budget),
        };
    }

    /// <summary>The largest context that fits a budget, and changes that would increase it.</summary>
    /// <exception cref="ArgumentException">
    /// The settings or the shape are invalid (see <see cref="FindProblems"/>), or the shape lacks the weight bytes or the vocabulary size.
    /// </exception>
    public static WallForecast FindWall(ModelShape shape, ForecastSettings settings, MemoryBudget budget) =>
        ForecastWallFinder.Find(Prepare(shape, settings), shape, budget);

    /// <summary>The settings as llama.cpp applies them to a model.</summary>
    public static ForecastSettings Applied(ModelShape shape, ForecastSettings settings) =>
        KnownArchitectures.ForbidsFlashAttention(shape.Architecture) ? settings with { FlashAttention = false } : settings;
}
