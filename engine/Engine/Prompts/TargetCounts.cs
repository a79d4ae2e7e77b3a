namespace MemoryWall.Prompts;

/// <summary>Asks the target to count, and keeps what went wrong as a value.</summary>
internal sealed class TargetCounts(Func<string, CancellationToken, Task<int?>> count)
{
    /// <summary>Calls so far.</summary>
    public int Calls { get; private set; }

    /// <summary>Why the last call gave no count; null where it gave one.</summary>
    public string? Problem { get; private set; }

    /// <summary>The target's count of a text; null where it gives none.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<int?> CountAsync(string text, CancellationToken cancellation)
    {
        Calls++;
        Problem = null;
        try
        {
            var tokens = await count(text, cancellation).ConfigureAwait(false);
            if (tokens is > 0)
                return tokens;
            Problem = tokens is null
                ? "the target gave no count"
                : FormattableString.Invariant($"the target counted {tokens} tokens in a text of {text.Length:N0} characters");
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            Problem = $"the target could not count: {e.Message}";
        }
        return null;
    }
}
