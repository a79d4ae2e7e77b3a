using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Plan;
using MemoryWall.Prompts;
using static System.FormattableString;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Checks the conversations of a plan, before the target is started.</summary>
internal static class SessionCheck
{
    private const int MaxUsers = 256;
    private const int MaxTurns = 10_000;

    // Enough words that no other conversation begins with them.
    private const int MinOwnTokens = 16;

    // A sentence with a number, the question for it, and words before it.
    private const int MinNeedleTokens = 96;

    // The number, and what a model says before it.
    private const int MinNeedleAnswerTokens = 8;

    /// <summary>The rules; none for a plan without conversations.</summary>
    public static IEnumerable<PlanRule> ListRules(SweepPlan plan) => plan.Sessions is not { } sessions
        ? [new("method", plan.Method == SweepMethod.Session, "the method session needs users and turns; use memwall sessions")]
        :
        [
            new("method", plan.Method != SweepMethod.Session, $"conversations have the method session, not {plan.Method.Label()}"),
            new("sessions", plan is { Wall: not null } or { Crossover: not null } or { Precision: not null } or { WarmPrefix: true }
                or { WarmupsUntilSettled: true } or { Concurrency: not [1] },
                "conversations cannot be combined with a search, a warm prefix, a precision target or concurrency"),
            new("sessions", plan.PromptKind != PromptKind.Words, "conversations are made of words; omit the document"),
            new("cache policy", sessions.Policy == CachePolicy.Tier && plan.Options.Tier is null,
                "tier needs a folder on storage; for example --tier /mnt/nvme"),
            new("needle", sessions is { HasNeedles: true, Trace: not null }, "a trace has its own texts, and hides no numbers; omit one"),
            new("needle", sessions.HasNeedles && plan.OutputTokens < MinNeedleAnswerTokens,
                $"{plan.OutputTokens} tokens of an answer are too few for a number; give {MinNeedleAnswerTokens} or more"),
            .. sessions.Search is { } search ? ListSearchRules(search, sessions) : [],
            .. sessions.Trace is { } trace ? ListTraceRules(trace) : ListTurnRules(sessions),
        ];

    private static IEnumerable<PlanRule> ListSearchRules(UsersSearchPlan search, SessionPlan plan) =>
    [
        new("users", plan.Trace is not null, "a trace has its own users; omit the search for their number"),
        new("users", search.From is < 1 or > MaxUsers, $"a search cannot begin with {search.From} users; give 1 to {MaxUsers}"),
        new("users", search.Most < search.From || search.Most > MaxUsers,
            $"a search from {search.From} cannot end with {search.Most} users; give {search.From} to {MaxUsers}"),
        new("users", search.TtftLimit <= TimeSpan.Zero,
            Invariant($"{search.TtftLimit.TotalSeconds} s is no limit of the time to the first token; give more than 0")),
    ];

    private static IEnumerable<PlanRule> ListTurnRules(SessionPlan plan) =>
    [
        new("users", plan.Users.Count == 0, "the list is empty; give at least one number, for example 1,2,4,8"),
        .. plan.Users.Where(users => users is < 1 or > MaxUsers).Select(users =>
            new PlanRule("users", true, $"{users} is not a number of users; give 1 to {MaxUsers}")),
        new("turns", plan.Turns is < 1 or > MaxTurns, $"{plan.Turns} is not a number of turns; give 1 to {MaxTurns}"),
        new("first", plan.FirstTokens < MinOwnTokens, $"{plan.FirstTokens} tokens are too few; give {MinOwnTokens} or more"),
        new("grow", plan.GrowTokens < 1, $"{plan.GrowTokens} is too few; give 1 token or more"),
        new("needle", plan.HasNeedles && Math.Min(plan.FirstTokens - plan.SharedPrefixTokens, plan.GrowTokens) < MinNeedleTokens,
            $"the text of a turn is too short to hide a number and to ask for it; give {MinNeedleTokens} tokens or more"),
        new("shared prefix", plan.SharedPrefixTokens < 0, $"{plan.SharedPrefixTokens} is below 0; give 0 or more"),
        new("shared prefix", plan.FirstTokens >= MinOwnTokens && plan.SharedPrefixTokens > plan.FirstTokens - MinOwnTokens,
            Invariant($"{plan.SharedPrefixTokens} of the {plan.FirstTokens} tokens of the first turn leave too few for a text of its own; ")
            + Invariant($"give at most {plan.FirstTokens - MinOwnTokens}, or a longer first turn")),
        new("think", plan.Think < TimeSpan.Zero, Invariant($"{plan.Think.TotalSeconds} s is below 0; give 0s or more")),
    ];

    private static IEnumerable<PlanRule> ListTraceRules(TracePlan trace) =>
    [
        new("requests", trace.Requests is null or < 1, $"{trace.Requests} is not a number of requests; give 1 or more"),
        new("context scale", trace.ContextScale is not (> 0 and <= 1),
            Invariant($"{trace.ContextScale} is not a scale above 0, at most 1; for example 1/16")),
        new("speed", trace.Speed is not (> 0 and < double.PositiveInfinity),
            Invariant($"{trace.Speed} is not a speed above 0; for example 10x")),
        .. FindProblem(trace) is { } problem ? [new PlanRule("trace", true, problem)] : Array.Empty<PlanRule>(),
    ];

    // A changed file would give other requests, and its trials would pass for those of the first.
    private static string? FindProblem(TracePlan trace)
    {
        try
        {
            if (DocumentFile.ComputeSha256(trace.Path) != trace.Sha256)
                return $"'{trace.Path}' is not the file with which the run began; restore it, or start a new run";
            var requests = TraceReader.Read(trace.Path, trace.Requests);
            return requests.Count == trace.Requests
                ? null
                : Invariant($"'{trace.Path}' has {requests.Count} requests, and {trace.Requests} were asked for");
        }
        catch (FormatException error)
        {
            return $"'{trace.Path}' cannot be used: {error.Message}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"'{trace.Path}' cannot be read: {error.Message}";
        }
    }
}
