using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Prompts;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>The turns of a number of users in the order of the plan.</summary>
/// <param name="plan">The plan.</param>
/// <param name="outputTokens">Tokens of each answer.</param>
/// <param name="users">The conversations.</param>
/// <param name="seed">The seed of a random order.</param>
internal sealed class TurnSchedule(SessionPlan plan, int outputTokens, IReadOnlyList<UserConversation> users, SplitMix64 seed)
    : ISessionSchedule
{
    private SplitMix64 _random = seed;
    private bool _isSharedKnown;

    /// <summary>The conversations of a level.</summary>
    /// <param name="texts">The words.</param>
    /// <param name="keys">The keys of the level.</param>
    /// <param name="plan">What the conversations are like.</param>
    /// <param name="users">How many there are.</param>
    /// <param name="asIds">Whether the prompts are sent as token ids.</param>
    public static IReadOnlyList<UserConversation> CreateUsers(ConversationTexts texts, TextKeys keys, SessionPlan plan, int users,
        bool asIds) => [.. Enumerable.Range(1, users).Select(user => new UserConversation(texts, keys, plan, user, asIds))];

    public Task RunAsync(LevelServer server, CancellationToken cancellation) => plan switch
    {
        { Order: SessionOrder.Bursty } => RunRoundsAsync(server, cancellation),
        { IsOneAtATime: true } => RunOneByOneAsync(server, cancellation),
        _ => Task.WhenAll(users.Select(user => RunUserAsync(user, server, cancellation)).ToList()),
    };

    private async Task RunOneByOneAsync(LevelServer server, CancellationToken cancellation)
    {
        foreach (var user in ListOrder())
        {
            if (cancellation.IsCancellationRequested)
                return;
            var request = await PrepareAsync(user, server, due: null, cancellation).ConfigureAwait(false);
            if (request is not null)
                await SendAsync(user, request, server, cancellation).ConfigureAwait(false);
        }
    }

    // All users ask at once: their prompts are ready, and nothing is awaited between the sends.
    private async Task RunRoundsAsync(LevelServer server, CancellationToken cancellation)
    {
        for (var turn = 1; turn <= plan.Turns && !cancellation.IsCancellationRequested; turn++)
        {
            var requests = new List<(UserConversation User, TurnRequest Request)>();
            foreach (var user in users)
            {
                if (await PrepareAsync(user, server, due: null, cancellation).ConfigureAwait(false) is { } request)
                    requests.Add((user, request));
            }
            var due = server.Elapsed;
            await Task.WhenAll(requests.Select(entry =>
                SendAsync(entry.User, entry.Request with { Due = due }, server, cancellation)).ToList()).ConfigureAwait(false);
            if (turn < plan.Turns)
                await WaitAsync(plan.Think, cancellation).ConfigureAwait(false);
        }
    }

    // Users who think are not all at the same place of their pause when the level begins.
    private async Task RunUserAsync(UserConversation user, LevelServer server, CancellationToken cancellation)
    {
        var due = plan.Order == SessionOrder.Random
            ? plan.Think * (new SplitMix64(_random.Next() + (ulong)user.User).Next() >> 11) * Math.Pow(2, -53)
            : plan.Think * (user.User - 1) / users.Count;
        for (var turn = 1; turn <= plan.Turns; turn++)
        {
            await WaitAsync(due - server.Elapsed, cancellation).ConfigureAwait(false);
            if (cancellation.IsCancellationRequested)
                return;
            if (await PrepareAsync(user, server, due, cancellation).ConfigureAwait(false) is { } request)
                await SendAsync(user, request, server, cancellation).ConfigureAwait(false);
            due = server.Elapsed + plan.Think;
        }
    }

    private IEnumerable<UserConversation> ListOrder()
    {
        if (plan.Order == SessionOrder.RoundRobin)
            return Enumerable.Range(0, plan.Turns).SelectMany(_ => users);
        var order = new List<UserConversation>();
        var left = users.ToDictionary(user => user, _ => plan.Turns);
        while (left.Count > 0)
        {
            var open = users.Where(left.ContainsKey).ToList();
            var user = open[_random.NextBelow(open.Count)];
            order.Add(user);
            if (--left[user] == 0)
                left.Remove(user);
        }
        return order;
    }

    private async Task<TurnRequest?> PrepareAsync(UserConversation user, LevelServer server, TimeSpan? due, CancellationToken cancellation)
    {
        try
        {
            var prompt = await user.NextAsync(_isSharedKnown, cancellation).ConfigureAwait(false);
            _isSharedKnown = true;
            return new TurnRequest(user.User, user.Turn, prompt, outputTokens, due ?? server.Elapsed);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task SendAsync(UserConversation user, TurnRequest request, LevelServer server, CancellationToken cancellation) =>
        user.Answer(await server.SendAsync(request, cancellation).ConfigureAwait(false));

    private static Task WaitAsync(TimeSpan time, CancellationToken cancellation) => time > TimeSpan.Zero
        ? Task.Delay(time, cancellation).WaitQuietlyAsync()
        : Task.CompletedTask;
}
