using System.Text;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Prompts;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>The requests of a recorded trace: each is sent when it is due, whether the server has answered those before or not.</summary>
/// <param name="trace">The trace, scaled.</param>
/// <param name="texts">The words.</param>
/// <param name="keys">The keys of the level.</param>
/// <param name="asIds">Whether the prompts are sent as token ids.</param>
internal sealed class TraceSchedule(ScaledTrace trace, ConversationTexts texts, TextKeys keys, bool asIds) : ISessionSchedule
{
    // Far more than any server takes at once: further requests wait, and their wait counts.
    private const int MaxRequests = 256;

    public async Task RunAsync(LevelServer server, CancellationToken cancellation)
    {
        var places = TraceConversations.Find(trace);
        var known = new KnownBlocks(trace.BlockTokens);
        using var room = new SemaphoreSlim(MaxRequests);
        var sent = new List<Task>();
        foreach (var (place, request) in places.Zip(trace.Requests))
        {
            // Made before it is due, so that a long prompt is not late.
            var prompt = CreatePrompt(request, known.Add(request.Blocks, request.InputTokens));
            var due = TimeSpan.FromSeconds(request.Arrival);
            if (due - server.Elapsed is { Ticks: > 0 } wait)
                await Task.Delay(wait, cancellation).WaitQuietlyAsync().ConfigureAwait(false);
            await room.WaitAsync(cancellation).WaitQuietlyAsync().ConfigureAwait(false);
            if (cancellation.IsCancellationRequested)
                break;
            var output = Math.Max(TracePlan.MinOutputTokens, request.OutputTokens);
            sent.Add(SendAsync(new TurnRequest(place.User, place.Turn, prompt, output, due)));
        }
        await Task.WhenAll(sent).ConfigureAwait(false);

        async Task SendAsync(TurnRequest request)
        {
            await server.SendAsync(request, cancellation).ConfigureAwait(false);
            room.Release();
        }
    }

    private TurnPrompt CreatePrompt(ScaledRequest request, int knownTokens)
    {
        var ids = new List<int>(asIds ? texts.OpeningIds : []);
        var text = new StringBuilder();
        TextPiece piece = default;
        // The tokens that the target adds are part of the first block.
        var added = asIds ? ids.Count : texts.AddedTokens;
        for (var place = 0; place < request.Blocks.Length; place++)
        {
            var tokens = Math.Min(trace.BlockTokens, request.InputTokens - place * trace.BlockTokens) - (place == 0 ? added : 0);
            var key = keys.OfBlock(request.Blocks[place]);
            piece = place == 0 ? texts.Open(key, Math.Max(1, tokens)) : texts.Continue(key, tokens);
            text.Append(piece.Text);
            ids.AddRange(asIds ? piece.Ids! : []);
        }
        return new TurnPrompt(
            new Prompt
            {
                Kind = PromptKind.Words,
                Text = text.ToString(),
                TokenCount = request.InputTokens,
                TokenIds = asIds ? ids : null,
                Nonce = piece.Nonce,
            },
            knownTokens, IsExact: true);
    }
}
