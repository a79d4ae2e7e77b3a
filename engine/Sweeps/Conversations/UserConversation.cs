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

    private readonly HiddenNumbers? _hidden = HideNumbers(texts, keys, plan, user, asIds);
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
        var isExact = _turn == 1 ? await BeginAsync(isSharedKnown, cancellation).ConfigureAwait(false)
            : asIds ? AddExact(ComposeTurn(plan.GrowTokens - CountFixedTokens()))
            : await AddCountedAsync(ComposeTurn, _tokens + plan.GrowTokens,
                plan.GrowTokens - _templateTokens - CountFixedTokens(), cancellation).ConfigureAwait(false);
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
            Math.Min(_known, _tokens - 1), isExact)
        {
            Needle = _hidden?.GetNeedle(_turn, _tokens),
        };
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

    private static HiddenNumbers? HideNumbers(ConversationTexts texts, TextKeys keys, SessionPlan plan, int user, bool asIds) =>
        plan.HasNeedles
            && new HiddenNumbers(texts, keys, plan, user, plan.FirstTokens - CountTokensBefore(texts, plan, asIds), asIds)
                is { Exist: true } hidden
                ? hidden
                : null;

    private static int CountTokensBefore(ConversationTexts texts, SessionPlan plan, bool asIds) =>
        Math.Max(plan.SharedPrefixTokens, asIds ? texts.OpeningIds.Count : texts.AddedTokens);

    // By construction the first turn is as exact as the words are.
    private async Task<bool> BeginAsync(bool isSharedKnown, CancellationToken cancellation)
    {
        var (before, shared) = (CountTokensBefore(texts, plan, asIds), plan.SharedPrefixTokens);
        _ids.AddRange(asIds ? texts.OpeningIds : []);
        _messages.Add("");
        if (shared > 0)
            Add(texts.Open(keys.Shared, Math.Max(1, shared - (asIds ? texts.OpeningIds.Count : texts.AddedTokens))));
        _known = isSharedKnown ? shared : 0;
        TextPiece BeginOwn(int count) =>
            shared > 0 ? texts.Continue(keys.OfTurn(user, 1), count) : texts.Open(keys.OfTurn(user, 1), count);
        var words = plan.FirstTokens - before - CountFixedTokens();
        TextPiece Compose(int count) => _hidden is null ? BeginOwn(count) : _hidden.Compose(BeginOwn, count, before);
        _nonce = Compose(words).Nonce;
        return asIds || _hidden is null
            ? AddExact(Compose(words))
            : await AddCountedAsync(Compose, plan.FirstTokens, words, cancellation).ConfigureAwait(false);
    }

    private int CountFixedTokens() => _hidden?.CountFixedTokens(_turn) ?? 0;

    private TextPiece ComposeTurn(int words)
    {
        var piece = texts.Continue(keys.OfTurn(user, _turn), Math.Max(1, words));
        return _hidden?.Ask(piece, _turn) ?? piece;
    }

    private bool AddExact(TextPiece piece)
    {
        Add(piece);
        return true;
    }

    // Adds a text of as many words as make the wanted tokens, and says whether that was counted.
    private async Task<bool> AddCountedAsync(Func<int, TextPiece> compose, int wanted, int words, CancellationToken cancellation)
    {
        words = Math.Max(1, words);
        var piece = compose(words);
        for (var round = 0; _isCounted && round < MaxCorrections; round++)
        {
            if (await texts.CountAsync(_text + piece.Text, cancellation).ConfigureAwait(false) is not { } counted)
                break;
            if (counted == wanted)
                return AddExact(piece);
            words = Math.Max(1, words + wanted - counted);
            piece = compose(words);
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
