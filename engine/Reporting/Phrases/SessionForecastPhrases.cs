using MemoryWall.Analysis.Sessions;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What caches make of a trace, in words.</summary>
internal static class SessionForecastPhrases
{
    private const string BlockCache = "A hit is an unbroken beginning of cached blocks; the least recently used ones leave RAM for "
        + "storage, and storage for good.";

    private const string GeneralAssumptions = "TTFT is queue, load and the computing of the rest, one after the other; the rest takes no "
        + "less than a prompt of its own length. A read from RAM without a bandwidth and a write take no time. A trace does not name the "
        + "blocks of answers.";

    /// <summary>What the simulation assumes.</summary>
    public static string FormatAssumptions(SessionForecast forecast)
    {
        ArgumentNullException.ThrowIfNull(forecast);
        var cache = forecast.KeepsConversations
            ? "The cache is that of the embedded server, on which the run was measured: the context keeps the last prompt; each "
                + "conversation is kept as a whole, also the beginning that it shares with others, and the least recently used ones leave "
                + "RAM for storage, and storage for good; one that comes back comes in one piece, and only whole batches of "
                + $"{NumberFormat.Tokens(forecast.ReuseTokens)} tokens are reused. With --model a cache of blocks is simulated instead."
            : BlockCache;
        return $"One server answers one request at a time, in the order of arrival. {cache} {GeneralAssumptions}";
    }

    /// <summary>The RAM of a cache.</summary>
    public static string Ram(CacheForecast cache) => cache switch
    {
        { RamBytes: null } => "no limit",
        { RamBytes: 0, Storage: null } => "no cache",
        { RamBytesPerSecond: { } rate } => $"{NumberFormat.Bytes(cache.RamBytes)} at {NumberFormat.Bandwidth(rate)}",
        _ => NumberFormat.Bytes(cache.RamBytes),
    };

    /// <summary>A storage with its bandwidth.</summary>
    public static string Storage(StorageSize? storage) => storage is null
        ? NumberFormat.Absent
        : $"{NumberFormat.Bytes(storage.Bytes)} at {NumberFormat.Bandwidth(storage.BytesPerSecond)}";

    /// <summary>What is forecast.</summary>
    public static string FormatHeading(SessionForecast forecast, string model)
    {
        ArgumentNullException.ThrowIfNull(forecast);
        return $"{WordFormat.Count(forecast.Requests, "request")} in {NumberFormat.EstimatedDuration(forecast.SpanSeconds)} for {model}, "
            + $"{WordFormat.Count((int)Math.Min(int.MaxValue, forecast.Blocks), "block")} of "
            + $"{NumberFormat.Tokens(forecast.BlockTokens)} tokens; the median prompt has {NumberFormat.Tokens(forecast.MedianTokens)} "
            + $"tokens, the longest {NumberFormat.Tokens(forecast.LargestTokens)}; a token takes "
            + $"{NumberFormat.Bytes(forecast.BytesPerToken)} of KV cache.";
    }

    /// <summary>Where the times come from.</summary>
    /// <param name="run">The run.</param>
    /// <param name="times">Its times.</param>
    /// <param name="shape">The model whose KV cache is kept.</param>
    public static string FormatSource(RunManifest run, MeasuredTimes times, ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(times);
        var isOther = run.Target.Shape is { } own && own.ParameterCount != shape.ParameterCount;
        var other = isOther
            ? " That is another model than the one whose KV cache is kept: hits are those of its cache, and times are not."
            : "";
        var state = KvTokenBytes.HasState(shape)
            ? " The model also keeps a state that no block contains: a prefix can be continued only where it was kept, so that hits are an "
                + "upper bound."
            : "";
        return $"Times are those of run {run.RunId} ({run.Target.Model}): {WordFormat.Count(times.Contexts, "context")} from "
            + $"{NumberFormat.Tokens(times.MinTokens)} to {NumberFormat.Tokens(times.MaxTokens)} tokens.{other}{state}";
    }

    /// <summary>The conclusions.</summary>
    public static IReadOnlyList<string> Format(SessionForecast forecast)
    {
        ArgumentNullException.ThrowIfNull(forecast);
        return
        [
            .. forecast.Caches.GroupBy(cache => cache.Storage).Select(same => FormatCaches(forecast, [.. same])),
            .. forecast.Caches.Select(cache => cache.Storage).OfType<StorageSize>().DistinctBy(storage => storage.BytesPerSecond)
                .Select(storage => FormatStorage(forecast, storage)),
            .. new[] { FormatBeyond(forecast), FormatOverload(forecast) }.OfType<string>(),
        ];
    }

    // Of several sizes with one storage the smallest that finds as much as any of them; the table has all.
    private static string FormatCaches(SessionForecast forecast, IReadOnlyList<CacheForecast> caches)
    {
        var most = NumberFormat.Percent(1 - caches.Min(cache => cache.MissShare));
        var enough = caches.Where(cache => NumberFormat.Percent(1 - cache.MissShare) == most).OrderBy(cache => cache.RamBytes).ToList();
        var more = enough.Skip(1).Any(cache => cache.RamBytes > enough[0].RamBytes) ? " More RAM finds no more." : "";
        return FormatCache(forecast, enough[0]) + more;
    }

    private static string FormatCache(SessionForecast forecast, CacheForecast cache)
    {
        var (before, after) = (forecast.Recompute.TtftWithoutQueue, cache.TtftWithoutQueue);
        var places = cache switch
        {
            { Storage: null } => $"RAM of {Ram(cache)} finds",
            { RamBytes: 0 } => $"Storage of {Storage(cache.Storage)} finds",
            _ => $"RAM of {Ram(cache)} and storage of {Storage(cache.Storage)} find",
        };
        var found = $"{places} {NumberFormat.Percent(1 - cache.MissShare)} of the blocks "
            + $"(a cache without limits {NumberFormat.Percent(1 - forecast.Unlimited.MissShare)}), "
            + $"{NumberFormat.Percent(cache.RamShare)} in RAM";
        return (cache.Storage is null ? found : $"{found} and {NumberFormat.Percent(cache.StorageShare)} on storage")
            + $": without the queue the median TTFT is {NumberFormat.Duration(after.P50)} instead of {NumberFormat.Duration(before.P50)}, "
            + $"and p95 {NumberFormat.Duration(after.P95)} instead of {NumberFormat.Duration(before.P95)}.";
    }

    private static string FormatStorage(SessionForecast forecast, StorageSize storage) =>
        $"Against computing, storage at {NumberFormat.Bandwidth(storage.BytesPerSecond)} "
            + $"{SessionPhrases.FormatOutcome(forecast.BreakEvens, storage.BytesPerSecond)}.";

    /// <summary>How many requests are beyond the measured contexts; null for none.</summary>
    public static string? FormatBeyond(SessionForecast forecast) => forecast.BeyondRequests == 0
        ? null
        : $"{WordFormat.Count(forecast.BeyondRequests, "request")} "
            + $"({NumberFormat.Percent((double)forecast.BeyondRequests / forecast.Requests)}) "
            + $"{(forecast.BeyondRequests == 1 ? "has a prompt" : "have prompts")} longer than "
            + $"{NumberFormat.Tokens(forecast.MeasuredTokens)} tokens, the longest measured context: their times go on as over "
            + "the last doubling of the context, and are a forecast. Hits do not rest on times.";

    private static string? FormatOverload(SessionForecast forecast)
    {
        var rows = forecast.Rows.Where(row => row.IsOverloaded).ToList();
        return rows.Count == 0
            ? null
            : $"One such server does not keep up with {(rows.Count == forecast.Rows.Count ? "any" : "some")} of these caches: "
                + $"{NumberFormat.Number(Math.Round(rows.Max(row => row.Load) ?? 0, 1))} s of work arrive in each second, so that TTFT "
                + "with the queue is mostly the length of the trace.";
    }
}
