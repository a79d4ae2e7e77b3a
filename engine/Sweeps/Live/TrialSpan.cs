using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Live;

/// <summary>When a stored trial ran, from its load or request to the end of its response.</summary>
internal readonly record struct TrialSpan(Trial Trial, Instant From, Instant To)
{
    /// <summary>The spans of a run's trials by their start. Trials without any time, as of a server that was unreachable, are
    /// omitted.</summary>
    public static IReadOnlyList<TrialSpan> FromTrials(IEnumerable<Trial> trials) =>
        [.. trials.Select(FromTrial).OfType<TrialSpan>().OrderBy(span => span.From)];

    /// <summary>The phase of the trial at a moment within it.</summary>
    public Phase PhaseAt(Instant at) => Trial.Client switch
    {
        { Sent: null } => Phase.Load,
        { Sent: { } sent } when at.CompareTo(sent) < 0 => Phase.Load,
        { Sent: { } sent, TimeToFirstToken: { } first } when at.CompareTo(sent.Plus(first)) >= 0 => Phase.Generation,
        _ => Phase.Prefill,
    };

    private static TrialSpan? FromTrial(Trial trial)
    {
        var client = trial.Client;
        if ((client.LoadStarted ?? client.Sent) is not { } from)
            return null;
        var to = client switch
        {
            { Sent: { } sent, TimeToEnd: { } length } => sent.Plus(length),
            { Sent: { } sent, TimeToLastToken: { } length } => sent.Plus(length),
            { LoadStarted: { } load, Load: { } length } => load.Plus(length),
            _ => from,
        };
        return new TrialSpan(trial, from, to);
    }
}
