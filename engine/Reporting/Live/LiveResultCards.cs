using System.Text;
using MemoryWall.Analysis.Live;
using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Live;

/// <summary>The cards about results: the ladder of contexts and memory over time.</summary>
internal static class LiveResultCards
{
    private const double MinRow = 26;
    private const double MaxRow = 52;
    private const double WallRow = 24;
    private const double MinTickDistance = 18;

    /// <summary>One row for each context: TTFT, generation rate and outcome, the current one marked, the forecast wall as a line.</summary>
    public static LiveCanvas Ladder(LiveSnapshot run, LiveScale scale, double width, double height)
    {
        var card = new LiveCanvas(width, height).Frame("results by context");
        var top = 66.0;
        var rungs = SelectRungs(run, (int)Math.Max(1, (height - top - WallRow - 8) / MinRow));
        var row = Math.Clamp((height - top - WallRow - 8) / Math.Max(1, rungs.Count), MinRow, MaxRow);
        var size = Math.Min(22, row * 0.62);
        var (ttft, rate, result) = (width * 0.16, width * 0.39, width * 0.58);
        card.Text(LiveCanvas.Margin, 56, "tokens", 15, opacity: LiveCanvas.Muted).Text(ttft, 56, "TTFT", 15, opacity: LiveCanvas.Muted)
            .Text(rate, 56, "tokens/s", 15, opacity: LiveCanvas.Muted).Text(result, 56, "completed", 15, opacity: LiveCanvas.Muted);
        foreach (var (index, rung) in rungs.Index())
        {
            if (IsWallBetween(run, rungs, index))
            {
                AddWall(card, run, top + index * row);
                top += WallRow;
            }
            var (y, baseline) = (top + index * row, top + index * row + row * 0.7);
            if (IsCurrent(run, rung))
                card.Path($"M2 {SvgBuilder.Number(y + row * 0.2)}l10 {SvgBuilder.Number(row * 0.3)}l-10 {SvgBuilder.Number(row * 0.3)}Z",
                    "fill=\"currentColor\"");
            card.Text(LiveCanvas.Margin, baseline, NumberFormat.Context(rung.ContextTokens), size)
                .Track(ttft, y + row * 0.82, width * 0.2, 4)
                .Box(ttft, y + row * 0.82, width * 0.2 * Math.Min(1, (rung.TtftSeconds ?? 0) / scale.TtftSeconds), 4,
                    Theme.Hex(ChartColor.Sky))
                .Text(ttft, baseline, LiveCanvas.Fit(NumberFormat.Duration(rung.TtftSeconds), width * 0.2, size), size)
                .Track(rate, y + row * 0.82, width * 0.15, 4)
                .Box(rate, y + row * 0.82, width * 0.15 * Math.Min(1, (rung.GenerationTps ?? 0) / scale.GenerationTps), 4,
                    Theme.Hex(ChartColor.Blue))
                .Text(rate, baseline, NumberFormat.RateNumber(rung.GenerationTps), size);
            if (rung.Completed + rung.Failed > 0)
                card.Marker(rung.IsStable ? Symbol.Circle : Symbol.Cross, result + 6, baseline - size * 0.34, size * 0.28,
                    rung.IsStable ? LiveCanvas.Good : LiveCanvas.Bad);
            var words = LiveWords.Result(rung);
            var fit = LiveCanvas.CharactersIn(width - result - 28, size) / (double)Math.Max(1, words.Length);
            card.Text(result + 20, baseline, words, size * Math.Min(1, fit));
        }
        return card;
    }

    /// <summary>The server's memory over time, with the limit, the contexts and the failures.</summary>
    public static LiveCanvas Timeline(LiveSnapshot run, LiveScale scale, double width, double height)
    {
        var card = new LiveCanvas(width, height).Frame("memory of the server");
        var (left, right, top, bottom) = (LiveCanvas.Margin, width - LiveCanvas.Margin, 46.0, height - 30);
        var (perSecond, perByte) = ((right - left) / scale.Seconds, (bottom - top) / (scale.Bytes * 1.08));
        double X(double seconds) => left + seconds * perSecond;
        double Y(double bytes) => bottom - bytes * perByte;

        card.Line(left, bottom, right, bottom, Theme.Hex(ChartColor.Grey));
        AddByteAxis(card, run, scale.Bytes, Y);
        AddArea(card, run.Timeline, point => point.MemoryBytes, X, Y, $"fill=\"{Theme.Hex(ChartColor.Blue)}\" fill-opacity=\"0.55\"");
        AddArea(card, run.Timeline, point => point.SwapBytes, X, Y, $"fill=\"{Theme.Hex(ChartColor.Vermilion)}\" fill-opacity=\"0.75\"");
        AddContexts(card, run, X, bottom);
        if (run.Manifest.Plan.Cap?.Bytes is { } cap)
            card.Line(left, Y(cap), right, Y(cap), LiveCanvas.Bad, isDashed: true)
                .Text(right, Math.Max(22, Y(cap) - 6), $"cap {NumberFormat.Bytes(cap)}", 17, "end");
        return card.Text(right, height - 10, NumberFormat.RunningTime(scale.Seconds), 15, "end", LiveCanvas.Muted);
    }

    // Powers of two, so that every label is a round number of bytes: two to four of them.
    private static void AddByteAxis(LiveCanvas card, LiveSnapshot run, double bytes, Func<double, double> y)
    {
        if (bytes < 4)
            return;
        var step = Math.Pow(2, Math.Ceiling(Math.Log2(bytes / 4)));
        var (left, right) = (LiveCanvas.Margin, card.Width - LiveCanvas.Margin);
        for (var tick = step; tick <= bytes; tick += step)
        {
            // The cap has a label of its own.
            if (run.Manifest.Plan.Cap?.Bytes is { } cap && Math.Abs(y(tick) - y(cap)) < MinTickDistance)
                continue;
            card.Path($"M{SvgBuilder.Coordinates(left, y(tick))}H{SvgBuilder.Number(right)}",
                    "stroke=\"currentColor\" stroke-opacity=\"0.25\"")
                .Text(left + 2, y(tick) - 4, NumberFormat.Bytes(tick), 14, opacity: LiveCanvas.Muted);
        }
    }

    private static void AddWall(LiveCanvas card, LiveSnapshot run, double y)
    {
        var label = $"{LiveWords.WallLabel(run)} {LiveWords.Wall(run)}";
        card.Line(LiveCanvas.Margin, y + WallRow / 2, card.Width - LiveCanvas.Margin - 9.0 * label.Length, y + WallRow / 2, LiveCanvas.Bad,
                isDashed: true)
            .Text(card.Width - LiveCanvas.Margin, y + WallRow / 2 + 5, label, 16, "end");
    }

    private static void AddArea(LiveCanvas card, IReadOnlyList<LivePoint> points, Func<LivePoint, double?> value, Func<double, double> x,
        Func<double, double> y, string style)
    {
        var path = new StringBuilder();
        for (var i = 0; i < points.Count; i++)
        {
            if (value(points[i]) is not { } bytes)
                continue;
            // A gap in the readings is a gap in the picture.
            var isStart = i == 0 || value(points[i - 1]) is null;
            path.Append(isStart ? $"M{SvgBuilder.Coordinates(x(points[i].Seconds), y(0))}L" : "L")
                .Append(SvgBuilder.Coordinates(x(points[i].Seconds), y(bytes)));
            if (i == points.Count - 1 || value(points[i + 1]) is null)
                path.Append('L').Append(SvgBuilder.Coordinates(x(points[i].Seconds), y(0))).Append('Z');
        }
        if (path.Length > 0)
            card.Path(path.ToString(), style);
    }

    // The label of a context where it begins, as far as labels have room; a cross where a trial failed.
    private static void AddContexts(LiveCanvas card, LiveSnapshot run, Func<double, double> x, double bottom)
    {
        var (free, before) = (0.0, (int?)null);
        foreach (var point in run.Timeline)
        {
            var at = x(point.Seconds);
            if (point.ContextTokens is { } context && context != before && at >= free && at < card.Width - 90)
            {
                card.Line(at, bottom, at, bottom + 6, Theme.Hex(ChartColor.Grey))
                    .Text(at, bottom + 20, NumberFormat.Context(context), 14, opacity: LiveCanvas.Muted);
                free = at + 46;
            }
            before = point.ContextTokens;
        }
        foreach (var rung in run.Progress.Ladder)
        {
            if (rung.Failure is { Client: { Sent: { } sent, TimeToEnd: { } length } })
                card.Marker(Symbol.Cross, x(sent.Seconds + length.TotalSeconds), bottom - 10, 7, LiveCanvas.Bad);
        }
    }

    private static bool IsCurrent(LiveSnapshot run, LadderRung rung) =>
        run.Feed is { Phase: not null, Step: { } step } && step.ContextTokens == rung.ContextTokens && step.Concurrency == rung.Concurrency;

    private static bool IsWallBetween(LiveSnapshot run, IReadOnlyList<LadderRung> rungs, int index) =>
        run.Progress.ForecastWallTokens is { } wall && rungs[index].ContextTokens > wall
            && (index == 0 || rungs[index - 1].ContextTokens <= wall);

    // Where there is no room for all, the largest contexts that were reached are shown.
    private static IReadOnlyList<LadderRung> SelectRungs(LiveSnapshot run, int room)
    {
        var all = run.Progress.Ladder;
        if (run.Feed is { Phase: not null, Step: { } step } && !all.Any(rung => IsCurrent(run, rung)))
            all = [.. all.Append(new LadderRung(step.ContextTokens, step.Concurrency)).OrderBy(rung => rung.ContextTokens)];
        if (all.Count <= room)
            return all;
        var last = all.Index().LastOrDefault(entry => entry.Item.Completed + entry.Item.Failed > 0 || IsCurrent(run, entry.Item)).Index;
        var from = Math.Clamp(last + 2 - room, 0, all.Count - room);
        return [.. all.Skip(from).Take(room)];
    }
}
