using System.Text.RegularExpressions;

namespace MemoryWall.Audit.Readers;

/// <summary>What logs of Ollama and llama.cpp say of memory, of fitting the model into it, of truncation and of failures.</summary>
internal static class LogLines
{
    private const int MaxLines = 40;
    private const int MaxLength = 300;

    private static readonly Regex s_memory = new(
        @"offloaded \d+/\d+ layers|buffer size\s*=|KV self size|KV cache|size\s*=.*MiB.*cells|memory breakdown|"
            + @"projected (to use|memory use)|llama_params_fit|fit_params|will leave|\bfits? (in|into|on) |does not fit|"
            + @"n_ctx_seq \(\d+\) < n_ctx_train|n_ctx_per_seq \(\d+\) < n_ctx_train|"
            + @"msg=""(offload|model weights|kv cache|compute graph|total memory|system memory|gpu memory|model requires more|"
            + @"truncating input prompt|vram|new model will fit|inference compute)|"
            + @"input truncated|context shift|requested context size too large",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    // A line of a log begins with its function, after a time, a level or the name of a service.
    private static readonly Regex s_program = new(
        @"(?:^|[\]:] |[IWED] )(?:llama_\w+|ggml_\w+|load_tensors|llm_load\w*|print_info|slot\s+\w+|srv\s+\w+|main|common_\w+|"
            + @"sched_reserve\w*|system_info)\s*:|level=(?:INFO|WARN|ERROR|DEBUG) .*msg=|^\[GIN\] ",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_digits = new(@"\d+", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>The lines of a log that report one of these, each kind once, in their order; none
    /// where the text is not a log of these programs.</summary>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> lines)
    {
        if (!lines.Any(line => line.Length <= MaxLength && s_program.IsMatch(line)))
            return [];
        return [.. lines.Select(line => line.Trim()).Where(line => line.Length <= MaxLength
                && (s_memory.IsMatch(line) && s_program.IsMatch(line) || FailureLines.IsFailure(line)))
            .DistinctBy(line => s_digits.Replace(line, "#")).Take(MaxLines)];
    }
}
