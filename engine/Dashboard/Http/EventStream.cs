using System.Text.Json;
using System.Text.Json.Serialization;
using MemoryWall.Dashboard.Observation;
using MemoryWall.Reporting.Live;
using MemoryWall.Runs.Files;
using MemoryWall.Sweeps.Live;
using Microsoft.AspNetCore.Http;

namespace MemoryWall.Dashboard.Http;

/// <summary>Server-Sent Events of one page: the whole picture first, then the cards that have changed, at most four times a
/// second.</summary>
internal sealed class EventStream(RunObservatory observatory, ObserverLease lease, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private static readonly JsonSerializerOptions s_json = new(PageJson.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes events until the page leaves or the dashboard ends.</summary>
    public async Task WriteAsync(HttpContext http)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        http.Response.ContentType = "text/event-stream";
        // A page that lost its dashboard tries again every second.
        await http.Response.WriteAsync("retry: 1000\n\n", ending.Token).ConfigureAwait(false);
        var request = ViewRequest.Parse(http.Request.Query);
        var (replay, problem) = ((ReplaySession?)null, (string?)null);
        var sent = new Picture();
        var (renewedAt, mustRenew) = (0L, request.Speed is null);
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            do
            {
                // Sweeps publish what they do only while a page looks at the present.
                if (request.Speed is null && (mustRenew || time.GetElapsedTime(renewedAt) > ObserverLease.RenewalInterval))
                    (renewedAt, mustRenew, _) = (time.GetTimestamp(), false, lease.Renew());
                if (replay is null && problem is null && request.Speed is { } speed)
                    (replay, problem) = StartReplay(request, speed);
                var message = problem is null ? CreateMessage(request, replay, sent) : sent.UpdateProblem(problem);
                if (message is not null)
                    await SendAsync(http.Response, message, ending.Token).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(ending.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The page left, or the dashboard ends.
        }
    }

    // A run that cannot be read is not read again for this page: it may be large.
    private (ReplaySession? Replay, string? Problem) StartReplay(ViewRequest request, double speed)
    {
        try
        {
            var ids = request.Runs.Count > 0 ? request.Runs : observatory.SelectCurrent();
            return (ids.Count == 0 ? null
                : new ReplaySession([.. ids.Select(observatory.ReadWhole)], speed, request.From, time), null);
        }
        catch (StoreException error)
        {
            return (null, ProblemText.Clean(error.Reason));
        }
    }

    private ViewMessage? CreateMessage(ViewRequest request, ReplaySession? replay, Picture sent)
    {
        try
        {
            var runs = replay?.Read() ?? [.. SelectRuns(request).Select(observatory.Read)];
            return sent.Update(runs, request.Layout, replay);
        }
        catch (StoreException error)
        {
            return sent.UpdateProblem(ProblemText.Clean(error.Reason));
        }
    }

    private IReadOnlyList<string> SelectRuns(ViewRequest request) =>
        request.Runs.Count > 0 ? [.. request.Runs.Select(id => Path.GetFileName(observatory.FindFolder(id)))] : observatory.SelectCurrent();

    private static async Task SendAsync(HttpResponse response, ViewMessage message, CancellationToken cancellation)
    {
        await response.Body.WriteAsync("data: "u8.ToArray(), cancellation).ConfigureAwait(false);
        await response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(message, s_json), cancellation).ConfigureAwait(false);
        await response.Body.WriteAsync("\n\n"u8.ToArray(), cancellation).ConfigureAwait(false);
        await response.Body.FlushAsync(cancellation).ConfigureAwait(false);
    }

    // What the page has been sent.
    private sealed class Picture
    {
        private readonly Dictionary<string, string> _cards = [];
        private string _shape = "";
        private string? _problem;

        public ViewMessage? Update(IReadOnlyList<LiveSnapshot> runs, LiveLayout layout, ReplaySession? replay)
        {
            var cards = runs.Count == 0 ? [] : LiveSvg.CreateCards(runs, layout);
            var shape = string.Join('|', cards.Select(card => card.Id).Prepend(layout.ToString()));
            var isWhole = shape != _shape || _problem is not null;
            var changed = cards.Where(card => isWhole || _cards.GetValueOrDefault(card.Id) != card.Svg).ToList();
            if (isWhole)
                _cards.Clear();
            foreach (var card in changed)
                _cards[card.Id] = card.Svg;
            (_shape, _problem) = (shape, null);
            // A message without cards tells a page that its dashboard is alive.
            return new ViewMessage
            {
                Runs = [.. runs.Select(run => new ViewedRun(run.Manifest.RunId, LiveWords.Name(run), run.Status.ToString()))],
                Open = isWhole && runs.Count > 0 ? OpenElement(runs.Count, layout) : null,
                Cards = changed.Count > 0 ? [.. changed.Select(card => new[] { card.Id, card.Svg })] : null,
                IsEmpty = runs.Count == 0,
                Replay = replay is null ? null : new ReplayPosition(replay.Now - replay.Start, replay.End - replay.Start),
            };
        }

        public ViewMessage UpdateProblem(string problem)
        {
            _problem = problem;
            return new ViewMessage { Problem = problem };
        }

        private static string OpenElement(int count, LiveLayout layout)
        {
            var (width, height) = LiveSvg.Measure(count, layout);
            return LiveSvg.OpenElement(width, height);
        }
    }

    private sealed record ViewMessage
    {
        /// <summary>The runs in the picture.</summary>
        public IReadOnlyList<ViewedRun> Runs { get; init; } = [];

        /// <summary>The opening tag of a new picture; null where cards replace those of the same name.</summary>
        public string? Open { get; init; }

        /// <summary>Names and elements of the cards that have changed.</summary>
        public IReadOnlyList<string[]>? Cards { get; init; }

        /// <summary>Whether there is no run to show.</summary>
        public bool IsEmpty { get; init; }

        /// <summary>The position of a replay; null for the present.</summary>
        public ReplayPosition? Replay { get; init; }

        /// <summary>Why there is no picture; null where there is one.</summary>
        public string? Problem { get; init; }
    }

    private sealed record ViewedRun(string Id, string Name, string Status);

    private sealed record ReplayPosition(double At, double Length);
}
