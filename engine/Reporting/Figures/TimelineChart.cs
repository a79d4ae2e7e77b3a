using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>One trial on one time axis: its tokens and the machine's readings, with shaded phases.</summary>
internal static class TimelineChart
{
    public static Chart Create(RunReport run, int number) => Create(run, number, MachinePanels.Create);

    /// <summary>The trial's tokens with the machine's memory and storage only, for a picture of its own.</summary>
    public static Chart CreateMemory(RunReport run, int number) => Create(run, number, MachinePanels.CreateMemory);

    private static Chart Create(RunReport run, int number, Func<TelemetryTimeline, Instant, IEnumerable<Panel>> createPanels)
    {
        var trial = run.TrialsByNumber.GetValueOrDefault(number)?.Trial
            ?? throw new ArgumentException(
                $"run {run.Manifest.RunId} has no trial {number}; its trials are 1 to {run.TrialsByNumber.Keys.DefaultIfEmpty(0).Max()}",
                nameof(number));
        var timeline = run.GetTimeline(trial);
        var (origin, windows, _, machine) = timeline;
        List<Panel> panels = [CreateTokenPanel(timeline, trial), .. machine is null ? [] : createPanels(machine, origin)];
        var shades = windows.Select(
            window => new ShadedRegion(ToSeconds(window.From, origin), ToSeconds(window.To, origin), GetPhaseName(window),
                GetPhaseColor(window.Phase))).ToList();
        var failedAt = !trial.Outcome.IsCompleted && trial.Client.TimeToEnd is { } ended ? ended.TotalSeconds : (double?)null;
        ReferenceLine[] rules = failedAt is { } at
            ? [new ReferenceLine(ReferenceLineDirection.Vertical, at, WordFormat.Words(trial.Outcome.Kind), ChartColor.Vermilion,
                Dash.Solid)]
            : [];
        return new Chart
        {
            Title = Title(run, trial, windows),
            Subtitle = FigureSubtitle.CreateForTrials(run, [number])
                + $" · trial {number}, {NumberFormat.Tokens(trial.ContextTokens)} tokens of context",
            X = new Axis("seconds since the request"),
            Panels = [
                .. panels.Select(
                    (panel, index) =>
                        panel with { ShadedRegions = index == 0 ? shades : [.. shades.Select(shade => shade with { Label = "" })],
                            ReferenceLines = [.. panel.ReferenceLines,
                                .. index == 0 ? rules : rules.Select(rule => rule with { Label = "" })] })],
            Notes = [.. DescribeVerdicts(run, number),
                .. trial.Outcome.Detail.Length > 0
                    ? [$"✕ {WordFormat.Words(trial.Outcome.Kind)}: {OutcomePhrases.FormatEvidence(trial)}"]
                    : Array.Empty<string>(),
                .. machine is null ? ["This trial has no telemetry."] : Array.Empty<string>()],
            Table = new TextTable(
                [new TextColumn("reading", IsNumber: false), new TextColumn("minimum"), new TextColumn("maximum"),
                    new TextColumn("over time", IsNumber: false)],
                [.. panels.SelectMany(panel => panel.Marks.OfType<Line>().Select(line => (Panel: panel, Line: line)))
                    .Where(entry => entry.Line.Points.Any(point => point.Y is not null))
                    .Select(entry => (IReadOnlyList<string>)[$"{entry.Line.Name} ({entry.Panel.Y.Title})",
                        NumberFormat.Number(entry.Line.Points.Min(point => point.Y)),
                        NumberFormat.Number(entry.Line.Points.Max(point => point.Y)),
                        Sparkline.Format([.. entry.Line.Points.Select(point => point.Y)])])]),
        };
    }

    private static string Title(RunReport run, Trial trial, IReadOnlyList<PhaseWindow> windows)
    {
        var phases = run.Phases.Where(phase => phase.Trial == trial.Number).ToDictionary(phase => phase.Phase,
            phase => phase);
        var parts = windows.Where(window => window.Phase is Phase.Prefill or Phase.Generation).Select(window =>
            $"{GetPhaseName(window)} {NumberFormat.Duration(window.Length.TotalSeconds)}"
                + DescribeLimit(phases.GetValueOrDefault(window.Phase))).ToList();
        var end = trial.Outcome.IsCompleted ? "" : $", then {WordFormat.Words(trial.Outcome.Kind)}";
        return parts.Count == 0
            ? $"Trial {trial.Number} ended before its request ({WordFormat.Words(trial.Outcome.Kind)})"
            : $"Trial {trial.Number} at {NumberFormat.Context(trial.ContextTokens)}: {string.Join("; ", parts)}{end}";
    }

    private static string DescribeLimit(TrialPhase? phase) =>
        phase?.Verdicts.FirstOrDefault(verdict => verdict.Limit != PhaseLimit.Unclear) is { } verdict
            ? $", {PhasePhrases.FormatClause(verdict)}"
            : "";

    private static IEnumerable<string> DescribeVerdicts(RunReport run, int number) =>
        run.Phases.Where(phase => phase.Trial == number)
        .SelectMany(phase => phase.Verdicts.Select(verdict => $"{phase.Phase}: {PhasePhrases.FormatWithEvidence(verdict)}"));

    private static Panel CreateTokenPanel(TrialTimeline timeline, Trial trial)
    {
        var (marks, origin) = (timeline.Marks, timeline.Origin);
        var prefill = marks.Where(mark => mark is { Kind: MarkKind.Prefill, Tokens: not null })
            .Select(mark => new ChartPoint(ToSeconds(mark.Arrived, origin), mark.Tokens!.Value / (double)trial.ContextTokens)).ToList();
        var chunks = marks.Where(mark => mark.Kind != MarkKind.Prefill).ToList();
        return new Panel
        {
            Y = Axis.ForShares("tokens, share"),
            Marks =
            [
                .. prefill.Count > 1 ? [new Line("prompt tokens computed", ChartColor.Vermilion, prefill)] : Array.Empty<Mark>(),
                new Line("output tokens", ChartColor.Blue,
                    [.. chunks.Select(
                        (mark, index) => new ChartPoint(ToSeconds(mark.Arrived, origin),
                            (index + 1) / (double)Math.Max(chunks.Count, trial.OutputTokensAsked)))], Symbol: Symbol.None),
            ],
        };
    }

    private static double ToSeconds(Instant at, Instant origin) => at.Since(origin).TotalSeconds;

    private static string GetPhaseName(PhaseWindow window) => window.Phase.ToString().ToLowerInvariant();

    private static ChartColor GetPhaseColor(Phase phase) =>
        phase switch
        {
            Phase.Prefill => ChartColor.Vermilion,
            Phase.Generation => ChartColor.Blue,
            Phase.Load => ChartColor.Green,
            _ => ChartColor.Grey
        };
}
