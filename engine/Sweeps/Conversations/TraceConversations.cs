using MemoryWall.Analysis.Sessions;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>A request of a trace as a turn.</summary>
/// <param name="User">The conversation, numbered by its first request, from 1.</param>
/// <param name="Turn">The turn in it, from 1.</param>
internal readonly record struct TracePlace(int User, int Turn);

/// <summary>
/// Finds the conversations of a trace, which names only blocks: a request goes on with the latest one whose whole blocks it begins with.
/// Blocks with which all requests begin, such as a system prompt, make no conversation.
/// </summary>
internal static class TraceConversations
{
    /// <summary>The place of each request of a trace, in their order.</summary>
    public static IReadOnlyList<TracePlace> Find(ScaledTrace trace) => Find([.. trace.Requests.Select(request => request.Blocks)]);

    /// <summary>The place of each request, in their order.</summary>
    /// <param name="prompts">The blocks of each prompt.</param>
    public static IReadOnlyList<TracePlace> Find(IReadOnlyList<IReadOnlyList<int>> prompts)
    {
        var shared = CountShared(prompts);
        var (places, turns) = (new List<TracePlace>(prompts.Count), new List<int>());
        // The last request whose whole blocks end with each block; an id occurs after one beginning only.
        var lastByEnd = new Dictionary<int, int>();
        foreach (var (index, prompt) in prompts.Index())
        {
            TracePlace? before = null;
            for (var at = prompt.Count - 1; at >= shared && before is null; at--)
            {
                if (lastByEnd.TryGetValue(prompt[at], out var earlier))
                    before = places[earlier];
            }
            if (before is null)
                turns.Add(0);
            var user = before?.User ?? turns.Count;
            places.Add(new TracePlace(user, ++turns[user - 1]));
            // The last block is rarely whole.
            foreach (var end in new[] { prompt.Count - 1, prompt.Count - 2 }.Where(end => end >= shared))
                lastByEnd[prompt[end]] = index;
        }
        return places;
    }

    private static int CountShared(IReadOnlyList<IReadOnlyList<int>> prompts)
    {
        if (prompts.Count < 2)
            return 0;
        var shared = 0;
        while (prompts.All(prompt => prompt.Count > shared && prompt[shared] == prompts[0][shared]))
            shared++;
        return shared;
    }
}
