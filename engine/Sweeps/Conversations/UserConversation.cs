using System.Text;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Prompts;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>
/// The conversation of one user. As token ids it has exactly the planned tokens by construction. As text it has them where a tokenizer
/// counts it; elsewhere only the target counts it, and each turn corrects the length of the next.
/// </summary>
/// <param name="texts">The words.</param>
/// <param name="keys">The keys of the level.</param>
/// <param name="plan">What the conversation is like.</param>
/// <param name="user">The user, from 1.</param>
/// <param name="asIds">Whether the prompts are sent as token ids.</param>
internal sealed class UserConversation(ConversationTexts texts, TextKeys keys, SessionPlan plan, int user, bool asIds)
{
    private const int MaxCorrections = 4;

    private readonly List<int> _ids = [];
    private readonly StringBuilder _text = new();
    private readonly List<string> _messages = [];
    private bool _isCounted = true;
    private bool _isLastAnswered;
    private string _nonce = "";
    private int _turn;
    private int _tokens;
    private int _templateTokens;
    private int _known;

    /// <summary>The user, from 1.</summary>
    public int User => user;

    /// <summary>The last turn that was asked for; 0 before the first.</summary>
    public int Turn => _turn;

    /// <summary>The prompt of the next turn.</summary>
    /// <param name="isSharedKnown">Whether an earlier request had the text with which all conversations begin.</param>
    /// <param name="cancellation">Stops counting.</param>
    public async Task<TurnPrompt> NextAsync(bool isSharedKnown, CancellationToken cancellation)
    {
        _turn++;
        var isExact = asIds;
        if (_turn == 1)
            isExact |= Begin(isSharedKnown);
        else if (asIds)
            Add(texts.Continue(keys.OfTurn(user, _turn), plan.GrowTokens));
        else
            isExact = await ContinueTextAsync(cancellation).ConfigureAwait(false);
        _tokens = asIds ? _ids.Count : _turn == 1 ? plan.FirstTokens : _tokens + plan.GrowTokens;
        _isLastAnswered = false;
        return new TurnPrompt(
            new Prompt
            {
                Kind = PromptKind.Words,
                Text = _text.ToString(),
                TokenCount = _tokens,
                TokenIds = asIds ? [.. _ids] : null,
                Messages = [.. _messages],
                Nonce = _nonce,
            },
            Math.Min(_known, _tokens - 1), isExact);
    }

    /// <summary>Goes on with the answer. A turn that failed has none.</summary>
    public void Answer(InferenceReport? report)
    {
        if (report is not { Outcome.IsCompleted: true, AnswerText: { } text })
            return;
        _isLastAnswered = true;
        _text.Append(text);
        _messages.Add(text);
        if (asIds)
        {
            _ids.AddRange(report.AnswerTokens ?? texts.Encode(text) ?? []);
            _tokens = _ids.Count;
        }
        else
        {
            Correct(report.CountedPromptTokens);
            _tokens += report.OutputTokens ?? texts.Encode(text)?.Count ?? 0;
        }
        // The last token of an answer is never computed.
        _known = _tokens - 1;
    }

    // By construction the first turn is as exact as the words are.
    private bool Begin(bool isSharedKnown)
    {
        var added = asIds ? texts.OpeningIds.Count : texts.AddedTokens;
        var shared = plan.SharedPrefixTokens;
        _ids.AddRange(asIds ? texts.OpeningIds : []);
        _messages.Add("");
        if (shared > 0)
            Add(texts.Open(keys.Shared, Math.Max(1, shared - added)));
        var words = plan.FirstTokens - Math.Max(shared, added);
        var own = shared > 0 ? texts.Continue(keys.OfTurn(user, 1), words) : texts.Open(keys.OfTurn(user, 1), words);
        _nonce = own.Nonce;
        Add(own);
        _known = isSharedKnown ? shared : 0;
        return true;
    }

    private async Task<bool> ContinueTextAsync(CancellationToken cancellation)
    {
        var (wanted, words) = (_tokens + plan.GrowTokens, Math.Max(1, plan.GrowTokens - _templateTokens));
        var piece = texts.Continue(keys.OfTurn(user, _turn), words);
        for (var round = 0; _isCounted && round < MaxCorrections; round++)
        {
            if (await texts.CountAsync(_text + piece.Text, cancellation).ConfigureAwait(false) is not { } counted)
                break;
            if (counted == wanted)
            {
                Add(piece);
                return true;
            }
            words = Math.Max(1, words + wanted - counted);
            piece = texts.Continue(keys.OfTurn(user, _turn), words);
        }
        Add(piece);
        return false;
    }

    private void Add(TextPiece piece)
    {
        _text.Append(piece.Text);
        if (asIds)
            _ids.AddRange(piece.Ids!);
        // After an answer a message begins; without one the last message goes on.
        if (_isLastAnswered)
            _messages.Add("");
        _isLastAnswered = false;
        _messages[^1] = _messages[^1].Length == 0 ? piece.Text.TrimStart() : _messages[^1] + piece.Text;
    }

    // A chat template adds tokens to each message, which only the target counts.
    private void Correct(int? counted)
    {
        if (counted is not { } all || all == _tokens)
            return;
        if (_turn > 1)
            _templateTokens += all - _tokens;
        (_isCounted, _tokens) = (false, all);
    }
}
