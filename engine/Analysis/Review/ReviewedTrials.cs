using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>The trials under review, and which of them belong together.</summary>
internal sealed class ReviewedTrials(IReadOnlyList<Trial> trials)
{
    private readonly ILookup<long, Trial> _steps = trials.ToLookup(FirstNumber);
    private readonly ILookup<int, Trial> _numbers = trials.ToLookup(trial => trial.Number);
    private readonly ILookup<(int Users, int Repetition), Trial> _levels = trials.Where(trial => trial.Session is not null)
        .ToLookup(trial => (trial.Session!.Users, trial.Repetition));
    private readonly ILookup<(int Users, int Repetition, int User, int Turn), int> _turns = trials
        .Where(trial => trial.Session is not null)
        .ToLookup(trial => (trial.Session!.Users, trial.Repetition, trial.Session.User, trial.Session.Turn), trial => trial.Number);
    private readonly ILookup<object, int?> _warm = trials.Where(IsWarm).ToLookup(ContextKey, trial => trial.CachedPromptTokens);

    /// <summary>The trials, in the order run.</summary>
    public IReadOnlyList<Trial> Trials => trials;

    /// <summary>Their run, for marks, telemetry and the machine; null where it is not at hand.</summary>
    public Run? Run { get; init; }

    /// <summary>Whether turns of conversations were sent one at a time, so that the server worked for no other user of the run; false where
    /// that is not known.</summary>
    public bool AreTurnsAlone => Run?.Manifest.Plan.Sessions is { IsOneAtATime: true };

    /// <summary>The marks of a trial; null where they were not read.</summary>
    public IReadOnlyList<StreamMark>? Marks(Trial trial) => Run?.Marks.GetValueOrDefault(trial.Number);

    /// <summary>All streams of a trial's step; null where some of them are not at hand.</summary>
    public IReadOnlyList<Trial>? Step(Trial trial)
    {
        // Users of conversations have numbers like streams, but may ask one after the other.
        if (trial.Session is not null)
            return AreTurnsAlone ? [trial] : null;
        var streams = _steps[FirstNumber(trial)].ToList();
        return streams.Count == Math.Max(1, trial.Concurrency) ? streams : null;
    }

    /// <summary>
    /// The context before a trial's own in the same incremental pass; null for the first context of a pass, where nothing comes before it.
    /// The load belongs to the first context.
    /// </summary>
    /// <returns>False where there is one before it that is not at hand.</returns>
    public bool TryFindPrevious(Trial trial, out Trial? previous)
    {
        previous = null;
        if (trial.Client.LoadStarted is not null)
            return true;
        var before = _numbers[trial.Number - 1].LastOrDefault();
        if (before is not { Method: SweepMethod.IncrementalDepth } || before.ContextTokens >= trial.ContextTokens
            || before.Repetition != trial.Repetition)
            return false;
        previous = before;
        return true;
    }

    /// <summary>The last later trial of the same turn at the same level, which was measured again; null for none.</summary>
    public int? FindLater(Trial trial) => trial.Session is { } turn
        ? _turns[(turn.Users, trial.Repetition, turn.User, turn.Turn)].Where(number => number > trial.Number)
            .Select(number => (int?)number).Max()
        : null;

    /// <summary>The turns of others that were on their way while this one was.</summary>
    public IEnumerable<Trial> OverlappingTurns(Trial trial) => trial is not { Session: { } turn, Client: { Sent: { } sent } client }
        ? []
        : _levels[(turn.Users, trial.Repetition)].Where(other => other != trial && other.Client.Sent is { } begun
            && IsBefore(begun, sent, client.TimeToEnd) && IsBefore(sent, begun, other.Client.TimeToEnd));

    // Whether a moment is before the end of something; without an end it is.
    private static bool IsBefore(Instant moment, Instant start, TimeSpan? duration) =>
        duration is not { } time || moment.Seconds < start.Seconds + time.TotalSeconds;

    /// <summary>The most prompt tokens that a trial of the same kind and context found in the cache; null where none reports it.</summary>
    public int? MaxCachedTokens(Trial trial) => _warm[ContextKey(trial)].Max();

    private static bool IsWarm(Trial trial) => trial.Flags.HasFlag(TrialFlags.WarmPrefix) && !trial.Flags.HasFlag(TrialFlags.Warmup);

    private static object ContextKey(Trial trial) =>
        (trial.Method, trial.Flags & TrialFlags.Emulated, trial.Concurrency, trial.OutputTokensAsked, trial.ContextTokens);

    // The streams of a step have numbers in a row.
    private static long FirstNumber(Trial trial) => (long)trial.Number - trial.Stream;
}
