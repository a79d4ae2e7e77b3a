namespace MemoryWall.Core.Plan;

/// <summary>
/// The rule that gives each context its window, the same at every context of a run: window = context + output tokens + margin. The window
/// is what a target reserves its KV cache for, so limits of a model and forecasts of memory are limits of the window.
/// </summary>
/// <param name="OutputTokens">Tokens that the answer may take.</param>
/// <param name="MarginTokens">Tokens that stay free after the answer.</param>
internal readonly record struct WindowRule(int OutputTokens, int MarginTokens)
{
    /// <summary>Tokens of a window that the prompt cannot use: output and margin.</summary>
    public int ReservedTokens => OutputTokens + MarginTokens;

    /// <summary>The window of a context.</summary>
    public int WindowFor(int contextTokens) => contextTokens + ReservedTokens;

    /// <summary>The largest context that fits in a window; 0 or less where none does.</summary>
    public int MaxContextIn(int windowTokens) => windowTokens - ReservedTokens;

    /// <summary>The largest context not above this one whose window is a multiple of so many cells; 1 where there is none.</summary>
    /// <param name="contextTokens">The context; may be above the largest integer of 32 bits.</param>
    /// <param name="cells">The size of the steps in which a target reserves its KV cache.</param>
    public int AlignContext(long contextTokens, int cells)
    {
        var window = (contextTokens + ReservedTokens) / cells * cells;
        return Math.Max(1, MaxContextIn((int)Math.Min(int.MaxValue, window)));
    }
}
