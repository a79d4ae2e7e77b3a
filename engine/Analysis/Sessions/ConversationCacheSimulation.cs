namespace MemoryWall.Analysis.Sessions;

/// <summary>
/// The embedded server's cache of conversations. The context keeps the last prompt; when another one takes its place, the conversation is
/// copied as a whole to RAM, also the beginning that it shares with others. Copies that have to go are saved on storage, or are lost. A
/// conversation comes back in one piece and is not joined with what the context has, and only whole batches are used again, so that
/// answers are those of a computed prompt. Where users take turns, a conversation is copied as soon as the server is idle, as far as
/// nothing has to go for it.
/// </summary>
/// <param name="blockTokens">Tokens of a block.</param>
/// <param name="batchTokens">The size of a batch.</param>
/// <param name="ramTokens">Tokens that fit into RAM.</param>
/// <param name="storageTokens">Tokens that fit on storage.</param>
internal sealed class ConversationCacheSimulation(int blockTokens, int batchTokens, long ramTokens, long storageTokens) : ISimulatedCache
{
    // As the server: where a user asks again, the end that is replaced is not worth a copy of the whole.
    private const double MinLostShare = 0.25;

    private readonly KeptConversations _ram = new(blockTokens, ramTokens);
    private readonly KeptConversations _storage = new(blockTokens, storageTokens);
    private KeptConversation _context = new([], 0);
    private bool _isShared;

    public long WrittenTokens { get; private set; }

    public PromptReuse Serve(ScaledRequest request, bool wasIdle)
    {
        if (wasIdle && _isShared)
            KeepWhileIdle();
        // The last token is computed always, since its result begins the answer.
        var most = request.InputTokens - 1;
        var here = Math.Min(_context.CountCommon(request.Blocks, blockTokens), most) / batchTokens * batchTokens;
        _isShared = Leave(_context, here);
        var reuse = Find(request.Blocks, most, here);
        _context = new KeptConversation(request.Blocks, request.InputTokens / batchTokens * batchTokens);
        return reuse;
    }

    private void KeepWhileIdle()
    {
        if (_context.Tokens < KeptConversations.MinKeptTokens || IsKept(_context))
            return;
        if (!_ram.TryAdd(_context, dropsSpareFirst: true, copy => _storage.FindWith(copy) is not null) && _context.Tokens > ramTokens)
            Save(_context);
    }

    // Whether a conversation left.
    private bool Leave(KeptConversation leaving, int kept)
    {
        var lost = leaving.Tokens - kept;
        if (lost < KeptConversations.MinKeptTokens || lost < MinLostShare * leaving.Tokens)
            return false;
        if (!IsKept(leaving) && !_ram.TryAdd(leaving, dropsSpareFirst: true, Save))
            Save(leaving);
        return true;
    }

    private bool IsKept(KeptConversation conversation) =>
        _ram.FindWith(conversation) is not null || _storage.FindWith(conversation) is not null;

    private bool Save(KeptConversation leaving)
    {
        if (_storage.FindWith(leaving) is { } same)
            _storage.Use(same);
        else if (_storage.TryAdd(leaving, dropsSpareFirst: false, _ => true))
            WrittenTokens += leaving.Tokens;
        return true;
    }

    private PromptReuse Find(int[] prompt, int most, int here)
    {
        _ram.Compare(prompt);
        _storage.Compare(prompt);
        var copy = _ram.Find(most, batchTokens, prefersShort: false);
        var stored = _storage.Find(most, batchTokens, prefersShort: true);
        // A copy that was looked at counts as used, also where it is not taken.
        if (copy is var (looked, _))
            _ram.Use(looked);
        var isCopyBest = copy?.Tokens + KeptConversations.MinKeptTokens > (stored?.Tokens ?? 0);
        var found = (isCopyBest ? copy?.Tokens : stored?.Tokens) ?? 0;
        if (found - here < KeptConversations.MinKeptTokens)
            return new PromptReuse(here, 0, 0, here / blockTokens, 0);
        if (isCopyBest)
            return new PromptReuse(found, found, 0, found / blockTokens, 0);
        _storage.Use(stored!.Value.Entry);
        return new PromptReuse(found, 0, found, 0, found / blockTokens);
    }
}
