using MemoryWall.Core.Plan;
using MemoryWall.Prompts;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>
/// The numbers that are hidden in the first text of a conversation, evenly over its depth, and the questions for them at the end of each
/// turn. A turn asks for a number that the turns before it did not ask for, as far as there are enough: an answer must come from the text,
/// which is the part of the conversation that a cache has kept longest.
/// </summary>
internal sealed class HiddenNumbers
{
    // Words before each number, so that the first of them still begin the conversation.
    private const int MinWordsBefore = 16;

    // The digits of a number are one to five tokens.
    private const int UnknownTokens = 2;

    private readonly ConversationTexts _texts;
    private readonly TextKeys _keys;
    private readonly int _user;
    private readonly List<(string Number, TextPiece Sentence, TextPiece Question)> _numbers = [];
    private int[] _before = [];

    /// <param name="texts">The words.</param>
    /// <param name="keys">The keys of the level.</param>
    /// <param name="plan">What the conversation is like.</param>
    /// <param name="user">The user, from 1.</param>
    /// <param name="firstTokens">Tokens of the first text.</param>
    /// <param name="asIds">Whether the prompts are sent as token ids.</param>
    public HiddenNumbers(ConversationTexts texts, TextKeys keys, SessionPlan plan, int user, int firstTokens, bool asIds)
    {
        (_texts, _keys, _user) = (texts, keys, user);
        for (var place = 0; place < Math.Min(plan.Turns, NeedleTexts.MaxCount); place++)
        {
            var number = NeedleTexts.DrawNumber(keys.OfNeedle(user, place));
            _numbers.Add((number, texts.Say(NeedleTexts.Hide(place, number)), texts.Say(NeedleTexts.Ask(place))));
        }
        if (asIds && _numbers.Exists(entry => entry.Sentence.Ids is null || entry.Question.Ids is null)
            || _numbers.Max(entry => CountTokens(entry.Question)) >= plan.GrowTokens)
            _numbers.Clear();
        // A tokenizer that knows few words needs more tokens for a sentence: then fewer fit.
        while (_numbers.Count > 0 && firstTokens - CountFixedTokens(turn: 1) < MinWordsBefore * _numbers.Count)
            _numbers.RemoveAt(_numbers.Count - 1);
    }

    /// <summary>Whether the text is long enough for a number.</summary>
    public bool Exist => _numbers.Count > 0;

    /// <summary>Tokens of a turn that are not drawn words, as far as they are known.</summary>
    public int CountFixedTokens(int turn) =>
        (turn == 1 ? _numbers.Sum(entry => CountTokens(entry.Sentence)) : 0) + CountTokens(_numbers[Place(turn)].Question);

    /// <summary>The first text with its numbers and the first question.</summary>
    /// <param name="begin">The beginning, of a number of words.</param>
    /// <param name="words">All drawn words.</param>
    /// <param name="tokensBefore">Tokens of the prompt before the text.</param>
    public TextPiece Compose(Func<int, TextPiece> begin, int words, int tokensBefore)
    {
        int WordsBefore(int place) => place == _numbers.Count ? words : (int)((long)words * (2 * place + 1) / (2 * _numbers.Count));
        var text = begin(WordsBefore(0));
        var before = new int[_numbers.Count];
        var tokens = tokensBefore;
        for (var place = 0; place < _numbers.Count; place++)
        {
            before[place] = tokens + WordsBefore(place);
            tokens += CountTokens(_numbers[place].Sentence);
            text = text.Then(_numbers[place].Sentence)
                .Then(_texts.Continue(_keys.OfPart(_user, place), WordsBefore(place + 1) - WordsBefore(place)));
        }
        _before = before;
        return Ask(text, turn: 1);
    }

    /// <summary>The text of a turn with its question.</summary>
    public TextPiece Ask(TextPiece text, int turn) => text.Then(_numbers[Place(turn)].Question);

    /// <summary>What a turn asks for.</summary>
    /// <param name="turn">The turn, from 1.</param>
    /// <param name="promptTokens">Tokens of its prompt.</param>
    public Needle GetNeedle(int turn, int promptTokens)
    {
        var place = Place(turn);
        return new Needle(_numbers[place].Number, Math.Round((double)_before[place] / promptTokens, 3));
    }

    // Users begin at different depths, so that a longer context does not always mean another depth.
    private int Place(int turn) => (turn - 1 + _user - 1) % _numbers.Count;

    private static int CountTokens(TextPiece piece) => piece.Ids?.Count
        ?? piece.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length + UnknownTokens;
}
