using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>
/// Adds up the prefill times of a prompt that grows from request to request. Each request must compute only its new tokens, which the
/// server's count of cached tokens proves. Where this proof fails, prefill is absent from there on.
/// </summary>
internal sealed class IncrementalPrefillSum
{
    private TimeSpan? _prefill = TimeSpan.Zero;
    private int _context;

    /// <summary>The report of a context as if its whole prompt had been computed in one request.</summary>
    public InferenceReport Add(InferenceReport own, int context)
    {
        var before = _prefill;
        var problem = FindProblem(own, context);
        _prefill = problem is null ? before + own.Server.Prefill : null;
        _context = context;
        return own with
        {
            Server = own.Server with { Prefill = _prefill },
            Marks = [
                .. own.Marks.Select(mark => mark with { Native = mark.Kind == MarkKind.Prefill ? mark.Native + before : mark.Native })],
            Notes = problem is null ? own.Notes : [.. own.Notes, problem],
        };
    }

    private string? FindProblem(InferenceReport own, int context)
    {
        if (_prefill is null)
            return "prefill is absent because an earlier context of the pass did not prove what it computed";
        if (own.Server.Prefill is not { } took || took <= TimeSpan.Zero)
            return FormattableString.Invariant($"at {context} tokens the server reports no prefill time; prefill is absent from there on");
        if (own.CachedPromptTokens != _context)
            return FormattableString.Invariant(
                $"at {context} tokens the server reports {own.CachedPromptTokens?.ToString() ?? "no"} cached tokens ")
                + FormattableString.Invariant($"instead of {_context}; prefill is absent from there on");
        return null;
    }
}
