namespace MemoryWall.Prompts;

/// <summary>A token count or the reason why there is none.</summary>
/// <param name="Tokens">The target's count; null for none.</param>
/// <param name="Problem">Why there is no count; null where there is one.</param>
internal readonly record struct TargetCountResult(int? Tokens, string? Problem);

/// <summary>Counts tokens with the target and returns failures as values. Thread-safe where the target is.</summary>
internal sealed class TargetTokenCounter(Func<string, CancellationToken, Task<int?>> count)
{
    private int _calls;

    /// <summary>Number of calls so far.</summary>
    public int Calls => _calls;

    /// <summary>Counts the tokens of a text.</summary>
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
