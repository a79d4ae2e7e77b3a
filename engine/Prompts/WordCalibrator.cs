using System.Globalization;

namespace MemoryWall.Prompts;

/// <summary>
/// Finds single-token words with only the target's token counts. It first verifies that the counts are consistent: they grow with the text,
/// and the counts of two texts add up. It then counts batches of words: a batch without surplus tokens has only single-token words, and a
/// batch with a surplus is halved.
/// </summary>
internal sealed class WordCalibrator(TargetTokenCounter counts, int maxCalls)
{
    private const int ProbeWords = 32;
    private const int BatchWords = 64;
    private const int OpenersToTry = 48;
    private const int WordsWanted = 1_500;
    private const string NotGrowing = ": the count does not grow with the text, or is capped";
    private const string NotAdditive = ": the counts do not add up, or are capped";

    private readonly List<string> _words = [];
    private string _opening = "";
    private int _openingTokens;

    /// <summary>Finds the words and the number of tokens that the target adds to a text; returns the problem where that is
    /// impossible.</summary>
    public async Task<(WordPool? Pool, int Added, string? Problem)> FindAsync(CancellationToken cancellation)
    {
        if (await CheckCountingAsync(cancellation).ConfigureAwait(false) is { } distrust)
            return (null, 0, distrust);
        for (var at = 1 + (2 * ProbeWords); at < CommonWords.All.Length && _words.Count < WordsWanted
            && RemainingCalls > 0; at += BatchWords)
        {
            var batch = CommonWords.All.Slice(at, Math.Min(BatchWords, CommonWords.All.Length - at)).ToArray();
            var (found, problemOfBatch) = await CountSurplusAsync(batch, cancellation).ConfigureAwait(false);
            if (found is not { } surplus)
                return (null, 0, problemOfBatch);
            if (surplus < 0)
                return (null, 0, Inconsistent($"it counted {batch.Length + surplus} tokens for {batch.Length} words"));
            await KeepSingleTokenWordsAsync(batch, surplus, cancellation).ConfigureAwait(false);
        }
        var (openers, added) = await FindOpenersAsync(cancellation).ConfigureAwait(false);
        var pool = new WordPool([.. _words], null, [.. openers], null);
        if (!pool.HasEnoughWords)
        {
            return (null, 0, string.Create(CultureInfo.InvariantCulture,
                $"only {_words.Count} words of one token ({openers.Count} of them at the start of a text too) were found "
                + $"with {counts.Calls} counts; at least {WordPool.MinWords} ({WordPool.MinOpeners}) are needed"));
        }
        return await VerifyAsync(pool, added, cancellation).ConfigureAwait(false) is { } problem ? (null, 0, problem) : (pool, added, null);
    }

    // Some calls are reserved for the openers and the final check.
    private int RemainingCalls => maxCalls - counts.Calls - Math.Min(OpenersToTry, maxCalls / 4) - 1;

    private async Task<string?> CheckCountingAsync(CancellationToken cancellation)
    {
        var words = CommonWords.All.ToArray();
        _opening = words[0];
        var first = JoinWords(words[1..(1 + ProbeWords)]);
        var second = JoinWords(words[(1 + ProbeWords)..(1 + (2 * ProbeWords))]);
        var texts = new[] { _opening, $"{_opening} {first}", $"{_opening} {second}", $"{_opening} {first} {second}",
            $"{_opening} {first}" };
        var seen = new int[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            var answer = await counts.CountAsync(texts[i], cancellation).ConfigureAwait(false);
            if (answer.Tokens is not { } tokens)
                return answer.Problem;
            seen[i] = tokens;
        }
        _openingTokens = seen[0];
        if (seen[4] != seen[1])
            return Inconsistent($"it counted one text as {seen[1]} and then as {seen[4]} tokens");
        if (seen[3] <= seen[1] || seen[3] <= seen[2])
            return Inconsistent(
                $"it counted {seen[1]} tokens for {ProbeWords + 1} words and {seen[3]} for {(2 * ProbeWords) + 1}{NotGrowing}");
        if (seen[1] - seen[0] < ProbeWords)
            return Inconsistent($"it counted {seen[1] - seen[0]} tokens for {ProbeWords} words");
        if (seen[3] - seen[2] != seen[1] - seen[0])
            return Inconsistent(
                $"the same {ProbeWords} words add {seen[1] - seen[0]} tokens to one text and {seen[3] - seen[2]} to another{NotAdditive}");
        return null;
    }

    /// <summary>Counts the tokens of a batch beyond one per word.</summary>
    private async Task<(int? Surplus, string? Problem)> CountSurplusAsync(string[] batch, CancellationToken cancellation)
    {
        var answer = await counts.CountAsync($"{_opening} {JoinWords(batch)}", cancellation).ConfigureAwait(false);
        return (answer.Tokens - _openingTokens - batch.Length, answer.Problem);
    }

    private async Task KeepSingleTokenWordsAsync(string[] batch, int surplus, CancellationToken cancellation)
    {
        if (surplus == 0)
        {
            _words.AddRange(batch);
            return;
        }
        if (batch.Length == 1 || RemainingCalls <= 0)
            return;
        var left = batch[..(batch.Length / 2)];
        if ((await CountSurplusAsync(left, cancellation).ConfigureAwait(false)).Surplus is not { } leftSurplus || leftSurplus < 0
            || leftSurplus > surplus)
            return;
        await KeepSingleTokenWordsAsync(left, leftSurplus, cancellation).ConfigureAwait(false);
        await KeepSingleTokenWordsAsync(batch[left.Length..], surplus - leftSurplus, cancellation).ConfigureAwait(false);
    }

    private async Task<(List<int> Openers, int Added)> FindOpenersAsync(CancellationToken cancellation)
    {
        var tokens = new List<(int Index, int Tokens)>();
        var step = Math.Max(1, _words.Count / OpenersToTry);
        for (var i = 0; i < _words.Count && counts.Calls < maxCalls - 1; i += step)
        {
            if ((await counts.CountAsync(_words[i], cancellation).ConfigureAwait(false)).Tokens is { } counted)
                tokens.Add((i, counted));
        }
        if (tokens.Count == 0)
            return ([], 0);
        var min = tokens.Min(t => t.Tokens);
        return ([.. tokens.Where(t => t.Tokens == min).Select(t => t.Index)], min - 1);
    }

    // Counts one text of all words. It shows that they remain single tokens next to each other, and reveals a capped count.
    private async Task<string?> VerifyAsync(WordPool pool, int added, CancellationToken cancellation)
    {
        int[] order = [pool.Openers[0], .. Enumerable.Range(0, pool.Words.Length)];
        var answer = await counts.CountAsync(pool.Join("", order), cancellation).ConfigureAwait(false);
        if (answer.Tokens is not { } counted)
            return answer.Problem;
        return counted == added + order.Length
            ? null
            : Inconsistent(
                $"it counted {counted} tokens for a text that should have {added + order.Length}{NotAdditive}");
    }

    private static string JoinWords(string[] words) => string.Join(' ', words);

    private static string Inconsistent(FormattableString what) =>
        $"the target's token counts are inconsistent: {FormattableString.Invariant(what)}";
}
