using MemoryWall.Charts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Live;

/// <summary>The cards with large numbers: name and results so far, TTFT clock, rates, progress of the request.</summary>
internal static class LiveCards
{
    private const double PillHeight = 34;

    /// <summary>Name, state, and the results so far.</summary>
    public static LiveCanvas Header(LiveSnapshot run, double width, double height)
    {
        var card = new LiveCanvas(width, height).Frame("");
        var state = LiveWords.State(run);
        var pill = 28 + state.Length * 12;
        card.Text(LiveCanvas.Margin, 46, LiveCanvas.Fit(LiveWords.Name(run), width - pill - 48, 36), 36)
            .Text(LiveCanvas.Margin, 72, LiveWords.Subject(run), 16, opacity: LiveCanvas.Muted)
            .Box(width - pill - LiveCanvas.Margin, 16, 8, PillHeight, StateColor(run))
            .Text(width - LiveCanvas.Margin, 41, state, 22, "end");
        (string Label, string Value)[] results =
        [
            ("success rate", run.Progress.Measured == 0 ? NumberFormat.Absent
                : $"{NumberFormat.Percent((double)run.Progress.Completed / run.Progress.Measured)}"),
            ("largest stable", run.Progress.LargestStableTokens is { } stable ? NumberFormat.Context(stable) : NumberFormat.Absent),
            ("forecast wall", run.Progress.ForecastWallTokens is { } wall ? NumberFormat.Context(wall) : NumberFormat.Absent),
            ("running", NumberFormat.RunningTime(run.RunningSeconds)),
        ];
        var perRow = width < 700 ? 2 : 4;
        var cell = (width - LiveCanvas.Margin) / perRow;
        foreach (var (index, (label, value)) in results.Index())
        {
            var (x, y) = (LiveCanvas.Margin + index % perRow * cell, 104 + index / perRow * 72);
            card.Text(x, y, LiveCanvas.Fit(label, cell, 17), 17, opacity: LiveCanvas.Muted)
                .Text(x, y + 38, LiveCanvas.Fit(value, cell, 36), 36);
        }
        return card;
    }

    /// <summary>The clock that runs from the request to its first token, and stops there.</summary>
    public static LiveCanvas Clock(LiveSnapshot run, LiveScale scale, double width, double height)
    {
        var card = new LiveCanvas(width, height)
            .Frame(run.IsWholePrompt ? "time to first token" : "time to first token, part of the prompt");
        var seconds = run.WaitingSeconds ?? run.TtftSeconds;
        var size = Math.Min(width * 0.24, (height - 60) * 0.72);
        card.Number(40 + size, seconds is { } known ? NumberFormat.ClockSeconds(known) : NumberFormat.Absent, seconds is null ? "" : "s",
            size, run.WaitingSeconds is not null && run.Status == LiveStatus.Measuring ? seconds : null);
        var bar = (width - 2 * LiveCanvas.Margin) * Math.Min(1, (seconds ?? 0) / scale.TtftSeconds);
        return card.Track(LiveCanvas.Margin, height - 28, width - 2 * LiveCanvas.Margin, 12)
            .Box(LiveCanvas.Margin, height - 28, bar, 12, run.WaitingSeconds is null ? Theme.Hex(ChartColor.Sky) : LiveCanvas.Bad);
    }

    /// <summary>Tokens per second, of generation or of prefill by the phase.</summary>
    public static LiveCanvas Rates(LiveSnapshot run, LiveScale scale, double width, double height)
    {
        var last = run.Feed?.Phase is null ? run.Progress.Last : null;
        var isPrefill = run.Feed?.Phase == Phase.Prefill;
        var rate = isPrefill ? run.PrefillTps : run.Feed?.GenerationRate ?? last?.GenerationRate?.PerSecond;
        var card = new LiveCanvas(width, height).Frame(isPrefill ? "prefill, tokens per second" : "generation, tokens per second");
        var size = Math.Min(width * 0.24, (height - 60) * 0.72);
        card.Number(40 + size, NumberFormat.RateNumber(rate), rate is null ? "" : "t/s", size);
        var other = isPrefill ? last?.GenerationRate?.PerSecond : run.PrefillTps ?? last?.PrefillRate?.PerSecond;
        if (other is { } known)
            card.Text(width - LiveCanvas.Margin, 30, $"prefill {NumberFormat.Rate(known)}", 18, "end", LiveCanvas.Muted);
        var bar = isPrefill ? 0 : (width - 2 * LiveCanvas.Margin) * Math.Min(1, (rate ?? 0) / scale.GenerationTps);
        return card.Track(LiveCanvas.Margin, height - 28, width - 2 * LiveCanvas.Margin, 12)
            .Box(LiveCanvas.Margin, height - 28, bar, 12, Theme.Hex(ChartColor.Blue));
    }

    /// <summary>How far the request is: prompt tokens, then output tokens.</summary>
    public static LiveCanvas Progress(LiveSnapshot run, double width, double height)
    {
        var card = new LiveCanvas(width, height).Frame("");
        var step = run.Feed?.Step;
        var asked = step is null ? 0 : step.OutputTokensAsked * step.Concurrency;
        var isLive = run.Feed?.Phase is not null;
        var (text, share, color) = run.Feed?.Phase switch
        {
            Phase.Generation when asked > 0 => (
                $"generation {NumberFormat.Tokens(run.Feed.OutputTokens)} of {NumberFormat.Tokens(asked)} tokens",
                (double)run.Feed.OutputTokens / asked, Theme.Hex(ChartColor.Blue)),
            Phase.Prefill when run.PrefillShare is { } done => (
                $"prefill {NumberFormat.Percent(done)} of {NumberFormat.Tokens(step!.ContextTokens)} tokens", done, LiveCanvas.Bad),
            Phase.Prefill => ($"prefill of {NumberFormat.Tokens(step?.ContextTokens)} tokens; the server reports no progress", 0,
                LiveCanvas.Bad),
            Phase.Load => ("loading the model", 0, LiveCanvas.Good),
            _ => (run.Ending ?? LiveWords.State(run), 0.0, LiveCanvas.Good),
        };
        var isWide = width >= 700;
        card.Text(LiveCanvas.Margin, 34, LiveCanvas.Fit(text, isWide ? width * 0.5 : width - 32, 22), 22);
        if (isLive || run.Status == LiveStatus.Waiting)
            card.Text(isWide ? width - LiveCanvas.Margin : LiveCanvas.Margin, isWide ? 34 : height - 14, LiveWords.Step(run), 17,
                isWide ? "end" : "start", LiveCanvas.Muted);
        var y = isWide ? height - 32 : 46;
        return card.Track(LiveCanvas.Margin, y, width - 2 * LiveCanvas.Margin, 18)
            .Box(LiveCanvas.Margin, y, (width - 2 * LiveCanvas.Margin) * Math.Clamp(share, 0, 1), 18, color);
    }

    private static string StateColor(LiveSnapshot run) => run.Status switch
    {
        LiveStatus.Dead => LiveCanvas.Bad,
        LiveStatus.Silent or LiveStatus.Stopped => Theme.Hex(ChartColor.Orange),
        LiveStatus.Finished => LiveCanvas.Good,
        LiveStatus.Measuring => run.Feed?.Phase == Phase.Prefill ? LiveCanvas.Bad : Theme.Hex(ChartColor.Blue),
        _ => Theme.Hex(ChartColor.Grey),
    };
}
