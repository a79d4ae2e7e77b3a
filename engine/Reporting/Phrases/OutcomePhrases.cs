using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Why a trial failed, in words.</summary>
internal static class OutcomePhrases
{
    private const int MaxDetailLength = 400;

    /// <summary>How many trials of a context completed: <c>2 of 3 completed</c>.</summary>
    public static string FormatCompletion(ContextSummary context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return string.Create(CultureInfo.InvariantCulture, $"{context.Completed} of {context.Trials.Count} completed");
    }

    /// <summary>The evidence of a trial's outcome on one line; empty where it completed.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="maxLength">Its greatest length in characters.</param>
    public static string FormatEvidence(Trial trial, int maxLength = MaxDetailLength)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return FormatEvidence(trial.Outcome, trial.Memory?.OomKills, maxLength);
    }

    /// <summary>The evidence of an outcome on one line. The kernel's kill explains the end of a server; the words of the server, which do
    /// not, are in its log.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="oomKills">Kills for lack of memory that the kernel counted during the trial; null where they were not read.</param>
    /// <param name="maxLength">Its greatest length in characters.</param>
    public static string FormatEvidence(Outcome outcome, long? oomKills, int maxLength = MaxDetailLength)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return outcome is OutOfMemory or TargetDied && oomKills > 0
            ? FormatKill(oomKills.Value)
            : WordFormat.SingleLine(outcome.Detail, maxLength);
    }

    /// <summary>How trials ended, as a verb in the past: <c>ran out of memory</c>.</summary>
    public static string FormatEnd(Outcome outcome) => outcome switch
    {
        Completed => "completed",
        OutOfMemory => "ran out of memory",
        Thrashing => "thrashed",
        TimedOut => "ran into a time limit",
        Refused => "got a refusal",
        Truncated => "lost a part of the prompt",
        Miscounted => "got another count of the prompt than was sent",
        ProtocolViolation => "got an answer that breaks the protocol",
        TargetDied => "found the target dead or unreachable",
        Cancelled => "ended when the user stopped the run",
        _ => $"ended as {WordFormat.Words(outcome.Kind)}",
    };

    /// <summary>The kernel killed the server.</summary>
    public static string FormatKill(long kills) =>
        $"the kernel killed the server for lack of memory (its oom_kill counter rose by {NumberFormat.Tokens(kills)})";
}
