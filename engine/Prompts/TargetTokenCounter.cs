namespace MemoryWall.Prompts;

/// <summary>A count, or why there is none.</summary>
/// <param name="Tokens">The target's count; null where it gave none.</param>
/// <param name="Problem">Why it gave none; null where it did.</param>
internal readonly record struct TargetCountResult(int? Tokens, string? Problem);

/// <summary>Asks the target to count, and turns what goes wrong into a value. Safe for use from many threads where the target is.</summary>
internal sealed class TargetTokenCounter(Func<string, CancellationToken, Task<int?>> count)
{
    private int _calls;

    /// <summary>Calls so far.</summary>
    public int Calls => _calls;

    /// <summary>The target's count of a text.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<TargetCountResult> CountAsync(string text, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            var tokens = await count(text, cancellation).ConfigureAwait(false);
            return tokens switch
            {
                > 0 => new TargetCountResult(tokens, null),
                null => new TargetCountResult(null, "the target gave no count"),
                _ => new TargetCountResult(null,
                    FormattableString.Invariant($"the target counted {tokens} tokens in a text of {text.Length:N0} characters")),
            };
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return new TargetCountResult(null, $"the target could not count: {e.Message}");
        }
    }
}
