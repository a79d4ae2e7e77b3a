namespace MemoryWall.Audit.Readers;

/// <summary>The summary of a benchmark of a server in the names of vLLM's and SGLang's JSON.</summary>
internal static class ServingSummary
{
    /// <summary>Makes a record of the values.</summary>
    /// <param name="number">A value by its name.</param>
    /// <param name="text">A text by its name.</param>
    public static AuditRecord Create(Func<string, double?> number, Func<string, string?> text)
    {
        var completed = number("completed");
        var asked = number("num_prompts") ?? completed + number("failed");
        var requestRate = text("request_rate") ?? FormattableString.Invariant($"{number("request_rate"):0.##}");
        var (input, output) = RequestedLengths(number, text);
        return new AuditRecord
        {
            Number = 0,
            Kind = RecordKind.Aggregate,
            Model = text("model_id"),
            Test = FormattableString.Invariant($"{asked ?? completed:0} prompts")
                + (requestRate.Length > 0 ? $" at {requestRate} a second" : "")
                + (number("max_concurrency") is { } most ? FormattableString.Invariant($", concurrency {most:0}") : ""),
            PromptTokensAsked = input,
            OutputTokensAsked = output,
            PromptTokens = Mean(number("total_input_tokens"), completed),
            OutputTokens = Mean(number("total_output_tokens"), completed),
            CachedTokens = Mean(number("total_cached_tokens") ?? number("prefix_cache_hits"), completed),
            TotalOutputTokens = number("total_output_tokens"),
            TotalTokens = number("total_input_tokens") + number("total_output_tokens"),
            TtftSeconds = (number("median_ttft_ms") ?? number("mean_ttft_ms")) / 1000,
            TpotSeconds = (number("median_tpot_ms") ?? number("mean_tpot_ms")) / 1000,
            DurationSeconds = number("duration"),
            GenerationTps = (number("median_tpot_ms") ?? number("mean_tpot_ms")) is > 0 and var tpot ? 1000 / tpot : null,
            OutputTps = number("output_throughput"),
            TotalTps = number("total_token_throughput"),
            PeakOutputTps = number("max_output_tokens_per_s"),
            Requests = asked,
            Failed = number("failed") ?? (asked - completed),
            Succeeded = completed is { } count ? count > 0 : null,
            Concurrency = Concurrency(number, text),
            IsSpeculative = number("spec_decode_num_draft_tokens") > 0 || number("accept_length") > 1 ? true : null,
        };
    }

    /// <summary>The most requests at the same time; where the tool sets no limit, all that it sends at once.</summary>
    public static double? Concurrency(Func<string, double?> number, Func<string, string?> text) =>
        number("max_concurrency") ?? number("max_concurrent_requests") ?? number("concurrency")
        ?? (text("request_rate") is "inf" ? number("num_prompts") ?? number("completed") : null);

    /// <summary>The requested lengths, where all requests have the same: the names stand in results of other data too, and lengths may be
    /// drawn from a range, which vLLM gives as a share around the length and SGLang as the share of it that is the least.</summary>
    public static (double? Input, double? Output) RequestedLengths(Func<string, double?> number, Func<string, string?> text)
    {
        var isFixed = number("random_range_ratio") is not { } range || range == (IsSglang(number, text) ? 1 : 0);
        var isRandom = text("dataset_name") is null or "random" or "random-ids";
        return isFixed && isRandom ? (number("random_input_len"), number("random_output_len")) : (null, null);
    }

    /// <summary>Whether the names are those that only SGLang writes.</summary>
    public static bool IsSglang(Func<string, double?> number, Func<string, string?> text) =>
        number("total_output_tokens_retokenized") is not null || number("mean_e2e_latency_ms") is not null
        || text("backend")?.StartsWith("sgl", StringComparison.Ordinal) == true;

    private static double? Mean(double? total, double? count) => count > 0 ? total / count : null;
}
