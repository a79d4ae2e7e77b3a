using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Exporters;

/// <summary>One reading of an exporter's page, or why there is none.</summary>
/// <param name="Page">The page; null where there is a problem.</param>
/// <param name="Problem">What went wrong; null where nothing did.</param>
internal sealed record ExporterScrape(MetricPage? Page, string? Problem)
{
    // A reading that takes longer belongs to no moment. The middle of one is at most a second from when it was read.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    /// <summary>The text of the page; empty where there is a problem.</summary>
    public string Text { get; init; } = "";

    /// <summary>When the request was sent; null where it was not.</summary>
    public Instant? Sent { get; init; }

    /// <summary>When the headers of the answer arrived; null where they did not.</summary>
    public Instant? HeadersArrived { get; init; }

    /// <summary>When the server says that it answered, in whole seconds; null where it does not.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Requests a page and reads it, within limits of time and size. Never throws but when it is cancelled.</summary>
    public static async Task<ExporterScrape> RequestAsync(HttpAccess access, string path, CancellationToken cancellation)
    {
        var answer = await JsonCall.GetPageAsync(access, path, s_limit, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (answer.Text is not { } text)
            return new ExporterScrape(null, answer.Problem is TimedOut
                ? FormattableString.Invariant($"no whole page within {s_limit.TotalSeconds} s")
                : answer.Problem?.Detail ?? "no page");
        var page = MetricPage.Parse(text);
        // A page of which one line is damaged may be damaged elsewhere too.
        var problem = page.Problem ?? (page.Names.Count == 0 ? "the page has no metrics" : null);
        return new ExporterScrape(problem is null ? page : null, problem)
        {
            Text = text,
            Sent = answer.Sent,
            HeadersArrived = answer.HeadersArrived,
            Date = answer.Date,
        };
    }
}
