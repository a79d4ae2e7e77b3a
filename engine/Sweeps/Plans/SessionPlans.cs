using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Units;
using MemoryWall.Sweeps.Conversations;

namespace MemoryWall.Sweeps.Plans;

/// <summary>Plans of conversations of several users, and of the systems that serve them.</summary>
internal static class SessionPlans
{
    /// <summary>Requests of a trace where nothing else was asked.</summary>
    public const int DefaultRequests = 200;

    /// <summary>The names that a system may have, for messages.</summary>
    public const string Names = "recompute, ram, tier, or NAME=TARGET";

    /// <summary>A plan of turns. Its contexts are the lengths of the prompts of each turn.</summary>
    /// <param name="plan">What is not about conversations.</param>
    /// <param name="turns">The conversations.</param>
    public static SweepPlan ForTurns(SweepPlan plan, SessionPlan turns) => plan with
    {
        Sessions = turns,
        Contexts = [.. Enumerable.Range(1, Math.Max(1, turns.Turns))
            .Select(turn => turns.CountPromptTokens(turn, plan.OutputTokens))
            .TakeWhile(tokens => tokens <= TokenCount.MaxValue - plan.WindowRule.ReservedTokens)
            .Select(tokens => new TokenCount((int)tokens)).DefaultIfEmpty(new TokenCount(turns.FirstTokens)).Distinct()],
    };

    /// <summary>A plan of a trace. Its context is the longest prompt, and its users are the conversations in it.</summary>
    /// <param name="plan">What is not about conversations.</param>
    /// <param name="turns">What else it says of conversations.</param>
    /// <param name="trace">The trace, which can be read.</param>
    public static SweepPlan ForTrace(SweepPlan plan, SessionPlan turns, TracePlan trace)
    {
        var scaled = ScaledTrace.Read(trace);
        var places = TraceConversations.Find(scaled);
        return plan with
        {
            Sessions = turns with
            {
                Trace = trace,
                Users = [places.Max(place => place.User)],
                Turns = places.Max(place => place.Turn),
            },
            Contexts = [new TokenCount(scaled.Requests.Max(request => request.InputTokens))],
            OutputTokens = Math.Max(TracePlan.MinOutputTokens, scaled.Requests.Max(request => request.OutputTokens)),
        };
    }

    /// <summary>The systems, each with its plan.</summary>
    /// <param name="systems">Their names: <see cref="Names"/>; none for those that the target has.</param>
    /// <param name="shared">What they have in common.</param>
    /// <param name="hasTier">Whether the user named a tier.</param>
    /// <param name="verifies">Whether the answers of servers are compared, so that all get the same texts.</param>
    /// <param name="createTier">Creates the storage tier.</param>
    /// <exception cref="FormatException">A name is unknown or occurs twice.</exception>
    public static IReadOnlyList<(string Name, SweepPlan Plan)> Create(IReadOnlyList<string> systems, SweepPlan shared, bool hasTier,
        bool verifies, Func<TierPlan> createTier)
    {
        if (systems.Count == 0 && !PrefillMode.IsEmbedded(shared.Target))
            return [("", hasTier ? shared with { Options = shared.Options with { Tier = createTier() } } : shared)];
        IReadOnlyList<string> names = systems.Count > 0 ? systems
            : [.. Enum.GetValues<CachePolicy>().Where(policy => policy != CachePolicy.Tier || hasTier).Select(EnumNames.Name)];
        var key = TextKeys.CreateTextKey();
        var plans = names.Select(name => Create(name, shared, verifies ? key : null, key, createTier)).ToList();
        if (plans.DistinctBy(plan => plan.System).Count() < plans.Count)
            throw new FormatException("two systems have the same name");
        // The second would find the texts of the first in the server's cache.
        if (plans.Where(plan => plan.Sessions!.Policy is null && plan.Sessions.TextKey is not null).GroupBy(plan => plan.Target)
            .FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new FormatException($"with --verify all systems get the same texts, and {string.Join(" and ",
                twice.Select(plan => plan.System))} are the same server; name servers of their own");
        return [.. plans.Select(plan => (plan.System!, plan))];
    }

    private static SweepPlan Create(string name, SweepPlan shared, string? serverKey, string policyKey, Func<TierPlan> createTier)
    {
        if (name.Split('=', 2) is [var own, var target])
            return shared with
            {
                System = own.Length > 0 ? own : throw new FormatException($"'{name}' has no name; write {Names}"),
                Target = target,
                Cap = null,
                Sessions = shared.Sessions! with { TextKey = serverKey },
            };
        if (!EnumNames.TryParse<CachePolicy>(name, out var policy))
            throw new FormatException($"'{name}' is unknown; write {Names}");
        if (!PrefillMode.IsEmbedded(shared.Target))
            throw new FormatException($"'{name}' is a system of the embedded server, not of '{shared.Target}'; name it as NAME=TARGET");
        return shared with
        {
            System = name,
            Options = shared.Options with
            {
                ConversationCache = policy,
                Tier = policy == CachePolicy.Tier ? createTier() : null,
            },
            // Swap would be another cache, and the same for all makes them comparable.
            Cap = shared.Cap is { } cap ? cap with { SwapBytes = 0 } : null,
            Sessions = shared.Sessions! with { Policy = policy, TextKey = policyKey },
        };
    }
}
