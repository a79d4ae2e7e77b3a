using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>How many answers of two systems are the same, turn by turn. A system that answers otherwise is not the same system, only
/// faster or slower.</summary>
/// <param name="System">The system.</param>
/// <param name="Over">The system that it is compared with.</param>
/// <param name="Compared">Turns with an answer of both to the same prompt.</param>
/// <param name="Equal">How many of them have the same text.</param>
/// <param name="FirstUnequal">The first turn with another one, as a trial of the system; absent where all are equal.</param>
internal sealed record AnswerAgreement(string System, string Over, int Compared, int Equal, int? FirstUnequal)
{
    /// <summary>Whether both are policies of the embedded server, which must answer the same to the last token.</summary>
    public required bool IsOneServer { get; init; }

    /// <summary>Where the answer that differs soonest begins to differ; absent where all are equal, or the pieces of the answers are not
    /// known.</summary>
    public AnswerDivergence? Divergence { get; init; }

    /// <summary>Where half of the answers that differ begin to, as a piece from 1; absent as <see cref="Divergence"/>.</summary>
    public double? MedianPlace { get; init; }

    /// <summary>Whether all compared answers are the same.</summary>
    public bool AreEqual => Compared == Equal;

    /// <summary>Equal ÷ compared answers, 0 to 1.</summary>
    public double EqualShare => (double)Equal / Compared;

    /// <summary>Compares two systems; null where no turn has an answer of both.</summary>
    public static AnswerAgreement? Compare(SessionSystem system, SessionSystem over)
    {
        var isTrace = system.Manifest.Plan.Sessions?.Trace is not null;
        var pairs = (from level in system.Levels
                     join other in over.Levels on level.Users equals other.Users
                     from conversation in SessionAttempt.PairRequests(level.Attempts, other.Attempts)
                         .Where(pair => HaveSamePrompt(pair.First, pair.Second))
                         .GroupBy(pair => (pair.First.Trial.Repetition, pair.First.Turn.User))
                     from pair in isTrace ? conversation : TakeSameConversation(conversation.OrderBy(pair => pair.First.Turn.Turn))
                     select pair).ToList();
        var unequal = pairs.Where(pair => !AreSame(pair.First, pair.Second)).ToList();
        var divergences = unequal.Select(pair => AnswerDivergence.Find(pair.First, pair.Second)).OfType<AnswerDivergence>()
            .OrderBy(found => found.Place).ThenBy(found => found.Trial).ToList();
        return pairs.Count == 0
            ? null
            : new AnswerAgreement(system.Name, over.Name, pairs.Count, pairs.Count - unequal.Count,
                unequal.Select(pair => (int?)pair.First.Trial.Number).Min())
            {
                IsOneServer = system.HasPolicy && over.HasPolicy,
                Divergence = divergences.FirstOrDefault(),
                MedianPlace = Quantiles.MedianOfKnown(divergences.Select(found => (double?)found.Place)),
            };
    }

    // Other texts have other answers: those of an attempt that was repeated, or of systems that got texts of their own.
    private static bool HaveSamePrompt(SessionRequest one, SessionRequest other) =>
        one.Turn.AnswerSha256 is not null && other.Turn.AnswerSha256 is not null
            && one.Trial.Nonce is { } nonce && nonce == other.Trial.Nonce && one.Trial.ContextTokens == other.Trial.ContextTokens;

    // A conversation goes on with its own answer: after one that differs the prompts differ too.
    private static IEnumerable<(SessionRequest First, SessionRequest Second)> TakeSameConversation(
        IEnumerable<(SessionRequest First, SessionRequest Second)> turns)
    {
        foreach (var pair in turns)
        {
            yield return pair;
            if (!AreSame(pair.First, pair.Second))
                yield break;
        }
    }

    private static bool AreSame(SessionRequest one, SessionRequest other) => one.Turn.AnswerSha256 == other.Turn.AnswerSha256;
}

/// <summary>Where two answers to the same prompt begin to differ.</summary>
/// <param name="Trial">The trial of the system that is compared.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Place">The first piece that differs, from 1.</param>
/// <param name="Pieces">Pieces of the other system's answer, as far as they are stored.</param>
internal sealed record AnswerDivergence(int Trial, AnswerUnit Unit, int Place, int Pieces)
{
    /// <summary>Compares two answers; null where their pieces are not known, are not of one kind, or do not differ as far as they are
    /// stored.</summary>
    public static AnswerDivergence? Find(SessionRequest request, SessionRequest over)
    {
        if (request.Turn is not { AnswerUnit: { } unit, AnswerPieces: { } text } || over.Turn.AnswerUnit != unit
            || over.Turn.AnswerPieces is not { } other)
            return null;
        var own = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var pieces = other.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var same = own.Zip(pieces).TakeWhile(pair => pair.First == pair.Second).Count();
        return same == own.Length && same == pieces.Length
            ? null
            : new AnswerDivergence(request.Trial.Number, unit, same + 1, pieces.Length);
    }
}
