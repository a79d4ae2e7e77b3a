using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Live;

/// <summary>The cards with large numbers: name and results so far, TTFT clock, rates, progress of the request.</summary>
internal static class LiveCards
{
    /// <summary>Cards below this width place their parts below each other.</summary>
    private const double NarrowLimit = 700;

    private const double PillHeight = 34;

    /// <summary>Name, state, and the results so far.</summary>
    public static LiveCanvas Header(LiveSnapshot run, double width, double height)
    {
        var isNarrow = width < NarrowLimit;
        var card = new LiveCanvas(width, height).Frame("");
        var state = LiveWords.State(run);
        var (stateX, stateY) = isNarrow ? (LiveCanvas.Margin, 62.0) : (width - LiveCanvas.Margin - 30 - state.Length * 12, 16.0);
        card.Text(LiveCanvas.Margin, 46, LiveCanvas.Fit(LiveWords.Name(run), (isNarrow ? width : stateX) - 32, 36), 36)
            .Text(LiveCanvas.Margin, isNarrow ? 118 : 72, LiveWords.Subject(run), 16, opacity: LiveCanvas.Muted)
            .Box(stateX, stateY, 10, PillHeight, StateColor(run))
            .Text(stateX + 20, stateY + 25, state, 22);
        (string Label, string Value)[] results =
        [
            (LiveWords.SuccessLabel(run), run.Progress.Measured == 0 ? NumberFormat.Absent
                : $"{NumberFormat.Percent((double)run.Progress.Completed / run.Progress.Measured)}"),
            ("largest stable", run.Progress.LargestStableTokens is { } stable ? Axis.FormatTokens(stable) : NumberFormat.Absent),
            (LiveWords.WallLabel(run), LiveWords.Wall(run)),
            ("running", NumberFormat.RunningTime(run.RunningSeconds)),
        ];
        var perRow = isNarrow ? 2 : 4;
        var cell = (width - LiveCanvas.Margin) / perRow;
        foreach (var (index, (label, value)) in results.Index())
        {
            var (x, y) = (LiveCanvas.Margin + index % perRow * cell, (isNarrow ? 148 : 104) + index / perRow * 72);
            card.Text(x, y, LiveCanvas.Fit(label, cell, 17), 17, opacity: LiveCanvas.Muted)
                .Text(x, y + 38, LiveCanvas.Fit(value, cell, 36), 36);
        }
        return card;
    }

    /// <summary>The clock that runs from the request to its first token, and stops there.</summary>
    public static LiveCanvas Clock(LiveSnapshot run, LiveScale scale, double width, double height)
    {
        var card = new LiveCanvas(width, height)
            .Frame(LiveWords.ClockTitle(run));
        var seconds = run.WaitingSeconds ?? run.TtftSeconds;
        var size = Math.Min(width * 0.24, (height - 60) * 0.72);
        card.Number(40 + size, LiveWords.Clock(run), seconds is null ? "" : "s", size,
            run.WaitingSeconds is not null && run.Status == LiveStatus.Measuring ? seconds : null);
        var bar = (width - 2 * LiveCanvas.Margin) * Math.Min(1, (seconds ?? 0) / scale.TtftSeconds);
        return card.Track(LiveCanvas.Margin, height - 28, width - 2 * LiveCanvas.Margin, 12)
            .Box(LiveCanvas.Margin, height - 28, bar, 12, Theme.Hex(run.WaitingSeconds is null ? ChartColor.Sky : ChartColor.Orange));
    }

    /// <summary>Tokens per second, of generation or of prefill by the phase.</summary>
    public static LiveCanvas Rates(LiveSnapshot run, LiveScale scale, double width, double height)
    {
        var last = run.Feed?.Phase is null ? run.Progress.LastCompleted : null;
        var isPrefill = run.Feed?.Phase == Phase.Prefill;
        var rate = isPrefill ? run.PrefillTps : run.Feed?.GenerationRate ?? last?.GenerationRate?.PerSecond;
        var card = new LiveCanvas(width, height).Frame(LiveWords.RateTitle(run));
        var size = Math.Min(width * 0.24, (height - 60) * 0.72);
        card.Number(40 + size, NumberFormat.RateNumber(rate), rate is null ? "" : "t/s", size);
        var other = isPrefill ? last?.GenerationRate?.PerSecond : run.PrefillTps ?? last?.PrefillRate?.PerSecond;
        if (other is { } known)
            card.Text(width - LiveCanvas.Margin, 30, $"prefill {NumberFormat.Rate(known)}", 18, "end", LiveCanvas.Muted);
        var bar = isPrefill ? 0 : (width - 2 * LiveCanvas.Margin) * Math.Min(1, (rate ?? 0) / scale.GenerationTps);
        return card.Track(LiveCanvas.Margin, height - 28, width - 2 * LiveCanvas.Margin, 12)
            .Box(LiveCanvas.Margin, height - 28, bar, 12, Theme.Hex(ChartColor.Blue));
    }

    /// <summary>How far the request is: prompt tokens, then output tokens; between two requests how the last one failed.</summary>
    public static LiveCanvas Progress(LiveSnapshot run, double width, double height)
    {
        var card = new LiveCanvas(width, height).Frame("");
        if (LiveWords.LastWords(run) is { } words)
            return AddWords(card, words, EndColor(run));
        var (share, color) = run.Feed?.Phase switch
        {
            Phase.Generation when run.Feed.Step is { OutputTokensAsked: > 0 } step => (
                (double)run.Feed.OutputTokens / (step.OutputTokensAsked * step.Concurrency), Theme.Hex(ChartColor.Blue)),
            Phase.Prefill => (run.PrefillShare ?? 0, Theme.Hex(ChartColor.Orange)),
            _ => (0.0, LiveCanvas.Good),
        };
        var isNarrow = width < NarrowLimit;
        card.Text(LiveCanvas.Margin, 34, LiveCanvas.Fit(LiveWords.Progress(run), isNarrow ? width - 32 : width * 0.56, 22), 22)
            .Text(isNarrow ? LiveCanvas.Margin : width - LiveCanvas.Margin, isNarrow ? height - 14 : 34,
                LiveWords.StepAndTimeLeft(run, isNarrow), 17, isNarrow ? "start" : "end", LiveCanvas.Muted);
        var y = isNarrow ? 46 : height - 32;
        return card.Track(LiveCanvas.Margin, y, width - 2 * LiveCanvas.Margin, 18)
            .Box(LiveCanvas.Margin, y, (width - 2 * LiveCanvas.Margin) * Math.Clamp(share, 0, 1), 18, color);
    }

    private static string EndColor(LiveSnapshot run) => run switch
    {
        { Status: not LiveStatus.Finished } => LiveCanvas.Bad,
        { Progress: { Thrashing: 0 } progress } when progress.Completed == progress.Measured => LiveCanvas.Good,
        _ => Theme.Hex(ChartColor.Orange),
    };

    private static LiveCanvas AddWords(LiveCanvas card, string words, string color)
    {
        const double Size = 20;
        card.Box(LiveCanvas.Margin, 12, 10, card.Height - 24, color);
        var lines = SvgBuilder.Wrap(WordFormat.Capitalize(words), LiveCanvas.CharactersIn(card.Width - 60, Size));
        var room = Math.Max(1, (int)((card.Height - 16) / 26));
        foreach (var (index, line) in lines.Take(room).Index())
            card.Text(LiveCanvas.Margin + 22, 34 + index * 26, index == room - 1 && lines.Count > room ? line + " …" : line, Size);
        return card;
    }

    private static string StateColor(LiveSnapshot run) => run.Status switch
    {
        LiveStatus.Dead => LiveCanvas.Bad,
        LiveStatus.Measuring or LiveStatus.Waiting when LiveWords.FailedLast(run) is not null => LiveCanvas.Bad,
        LiveStatus.Silent or LiveStatus.Stopped => Theme.Hex(ChartColor.Orange),
        LiveStatus.Finished => LiveCanvas.Good,
        LiveStatus.Measuring => run.Feed?.Phase == Phase.Prefill ? Theme.Hex(ChartColor.Orange) : Theme.Hex(ChartColor.Blue),
        _ => Theme.Hex(ChartColor.Grey),
    };
}
