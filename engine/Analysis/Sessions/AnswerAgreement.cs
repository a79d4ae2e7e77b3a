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

    /// <summary>Whether all compared answers are the same.</summary>
    public bool AreEqual => Compared == Equal;

    /// <summary>Compares two systems; null where no turn has an answer of both.</summary>
    public static AnswerAgreement? Compare(SessionSystem system, SessionSystem over)
    {
        var pairs = (from level in system.Levels
                     join other in over.Levels on level.Users equals other.Users
                     from pair in SessionAttempt.PairRequests(level.Attempts, other.Attempts)
                     let request = pair.First
                     let same = pair.Second
                     where request.Turn.AnswerSha256 is not null && same.Turn.AnswerSha256 is not null
                     // Other texts have other answers: those of an attempt that was repeated, or of systems that got texts of their own.
                     where request.Trial.Nonce is { } nonce && nonce == same.Trial.Nonce
                     where request.Trial.ContextTokens == same.Trial.ContextTokens
                     select (request.Trial.Number, IsEqual: request.Turn.AnswerSha256 == same.Turn.AnswerSha256)).ToList();
        return pairs.Count == 0
            ? null
            : new AnswerAgreement(system.Name, over.Name, pairs.Count, pairs.Count(pair => pair.IsEqual),
                pairs.Where(pair => !pair.IsEqual).Select(pair => (int?)pair.Number).Min())
            {
                IsOneServer = system.HasPolicy && over.HasPolicy,
            };
    }
}
