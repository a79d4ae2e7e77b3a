using System.Globalization;
using System.Numerics;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;
using MemoryWall.Sweeps.Conversations;

namespace MemoryWall.Benchmarks;

/// <summary>Prints a replayed trace beside its forecast: as a whole, by the tokens that were computed, and step by step.</summary>
internal static class SessionsComparison
{
    private const int MinBandTokens = 64;

    public static void PrintTrace(ScaledTrace trace, double bytesPerToken, long ram, int batch) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{trace.Requests.Count:#,0} requests in {trace.Span:0} s, prompts of {trace.Requests.Min(request => request.InputTokens):#,0} to "
        + $"{trace.Requests.Max(request => request.InputTokens):#,0} tokens, the median "
        + $"{Quantiles.Median(trace.Requests.Select(request => (double)request.InputTokens)):#,0}; "
        + $"{trace.Requests.SelectMany(request => request.Blocks).Distinct().Count():#,0} different blocks of {trace.BlockTokens} tokens, "
        + $"{bytesPerToken:#,0} bytes a token, RAM of {new ByteSize(ram)}, batches of {batch} tokens; load of the machine "
        + $"{File.ReadAllText("/proc/loadavg").Split(' ')[0]}"));

    /// <summary>Prints one policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="system">The replay.</param>
    /// <param name="forecasts">The forecasts from the times before and after it.</param>
    public static void Print(CachePolicy policy, ScaledTrace trace, SessionSystem system, IReadOnlyList<CacheForecast> forecasts)
    {
        var requests = Match(trace, system.Levels[0].Attempts[0], forecasts);
        var all = system.Levels[0].All;
        var reused = (double)requests.Sum(request => (long)(request.Measured.Trial.CachedPromptTokens ?? 0))
            / requests.Sum(request => (long)request.Measured.Trial.ContextTokens);
        var share = forecasts[0].ReusedShare;
        var (measured, expected) = (all.TtftP50?.Value ?? double.NaN, forecasts.Average(forecast => forecast.Ttft.P50));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{policy,-9} reused {reused * 100:0.0}% measured, {share * 100:0.0}% forecast ({Judge(Math.Abs(reused - share) <= 0.02)}); "
            + $"TTFT p50 {Ms(measured)} ms measured, {Ms(expected)} ms forecast "
            + $"({string.Join(" and ", forecasts.Select(forecast => Ms(forecast.Ttft.P50)))} by the times before and after), "
            + $"{(expected / measured - 1) * 100:+0.0;-0.0}% ({Judge(Math.Abs(expected / measured - 1) <= 0.15)}); "
            + $"p95 {Ms(all.TtftP95?.Value)} and {Ms(forecasts.Average(forecast => forecast.Ttft.P95))} ms; {all.Failed} failed, "
            + $"{all.WithInterference} with interference; from RAM at {Rate(system.RamBytesPerSecond)}, from storage at "
            + $"{Rate(system.LoadBytesPerSecond)}"));
        foreach (var band in requests.GroupBy(request => Band(request.Measured)).OrderBy(band => band.Key))
            PrintBand(string.Create(CultureInfo.InvariantCulture, $"computed up to {band.Key:#,0}"), [.. band]);
        PrintBand("all", requests);
    }

    private static void PrintBand(string name, IReadOnlyList<MatchedRequest> requests)
    {
        double Median(Func<MatchedRequest, double?> value) => Quantiles.MedianOfKnown(requests.Select(value)) ?? double.NaN;
        var known = requests.Where(request => request.Split is not null).ToList();
        string Steps(Func<TtftSplit, TimeSpan?> step, Func<RequestForecast, double> forecast) => known.Count == 0
            ? "–"
            : $"{Ms(known.Average(request => (step(request.Split!) ?? TimeSpan.Zero).TotalSeconds))}/"
                + Ms(known.Average(request => request.Mean(forecast)));
        var steps = string.Join(", ",
            $"queue {Steps(split => split.Queue, forecast => forecast.Queue)}",
            $"load {Steps(split => split.Loading, forecast => forecast.Load)}",
            $"compute {Steps(split => split.Prefill, forecast => forecast.Compute)}",
            $"rest {Steps(split => split.Total - split.Prefill - SumOf(split.Queue, split.Loading), forecast => forecast.Rest)}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {name,-20} {requests.Count,4} requests; TTFT p50 {Ms(Median(request => request.Measured.Ttft))}/"
            + $"{Ms(Median(request => request.Mean(forecast => forecast.Ttft)))} ms measured/forecast; means: {steps}"));
    }

    private static TimeSpan SumOf(params ReadOnlySpan<TimeSpan?> steps)
    {
        var sum = TimeSpan.Zero;
        foreach (var step in steps)
            sum += step ?? TimeSpan.Zero;
        return sum;
    }

    private static List<MatchedRequest> Match(ScaledTrace trace, SessionAttempt attempt, IReadOnlyList<CacheForecast> forecasts)
    {
        var places = TraceConversations.Find(trace).Select((place, index) => (place, index))
            .ToDictionary(entry => (entry.place.User, entry.place.Turn), entry => entry.index);
        return [.. attempt.Requests.Select(request =>
            new MatchedRequest(request, [.. forecasts.Select(forecast => forecast.Requests[places[request.Place]])]))];
    }

    private static uint Band(SessionRequest request) => BitOperations.RoundUpToPowerOf2(
        (uint)Math.Max(MinBandTokens, request.Trial.ContextTokens - (request.Trial.CachedPromptTokens ?? 0)));

    private static string Ms(double? seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.0}");

    private static string Rate(double? bytesPerSecond) => bytesPerSecond is { } rate
        ? string.Create(CultureInfo.InvariantCulture, $"{rate / ByteSize.MiB:#,0} MiB/s")
        : "–";

    private static string Judge(bool isMet) => isMet ? "met" : "MISSED";


    /// <summary>A request with its forecasts.</summary>
    private sealed record MatchedRequest(SessionRequest Measured, IReadOnlyList<RequestForecast> Forecasts)
    {
        public TtftSplit? Split => Measured.View.TtftSplit;

        public double Mean(Func<RequestForecast, double> value) => Forecasts.Average(value);
    }
}
