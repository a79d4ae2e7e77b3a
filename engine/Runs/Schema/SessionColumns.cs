using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using TurnColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.SessionTurn>;

namespace MemoryWall.Runs.Schema;

/// <summary>The place of a trial in the conversations of several users.</summary>
internal static class SessionColumns
{
    private const string NoSession = "It is no turn of a conversation.";
    private const string NothingCopied = "The target does not report it, nothing came from copies, or it is no turn of a conversation.";
    private const string NoNeedle = "The turn asks for no hidden number.";
    private const string NotReported = "The target does not report it, or it is no turn of a conversation.";

    // A row is a turn exactly where it has a value here.
    private static readonly Column<Trial> s_presence =
        TurnColumn.Integer("session_users", "", "Users whose conversations took turns at this level.", NoSession,
            s => s.Users, (s, v) => s with { Users = v })
            .Within<Trial>(t => t.Session, (t, change) => t with { Session = change(CreateEmpty()) });

    private static readonly TurnColumn[] s_turn =
    [
        TurnColumn.Integer("session_user", "", "The user, from 1; for a trace the conversation, numbered by its first request.", NoSession,
            s => s.User, (s, v) => s with { User = v }),
        TurnColumn.Integer("session_turn", "", "The turn of the conversation, from 1.", NoSession,
            s => s.Turn, (s, v) => s with { Turn = v }),
        TurnColumn.Integer("session_known_tokens", "tokens",
            "Prompt tokens, from the first, that an earlier request of the level had too, and that a cache without limits would have.",
            NoSession,
            s => s.KnownTokens, (s, v) => s with { KnownTokens = v }),
        TurnColumn.Seconds("session_due_seconds", "s",
            "When the request was due, after the start of the level: sooner than it was sent where its user had to wait.", NoSession,
            s => (TimeSpan?)s.Due, (s, v) => s with { Due = v }),
        TurnColumn.Seconds("session_queue_seconds", "s", "How long the request waited in the server for the requests of others.",
            NotReported,
            s => s.Queue, (s, v) => s with { Queue = v }),
        TurnColumn.Integer("session_ram_tokens", "tokens", "Reused tokens that came from copies in memory.", NotReported,
            s => s.RamTokens, (s, v) => s with { RamTokens = v }),
        TurnColumn.Integer("session_ram_bytes", "bytes", "Bytes of those copies.", NotReported,
            s => s.RamBytes, (s, v) => s with { RamBytes = v }),
        TurnColumn.Seconds("session_ram_seconds", "s", "How long it took to bring those copies into the context.", NothingCopied,
            s => s.RamTime, (s, v) => s with { RamTime = v }),
        TurnColumn.Integer("session_evictions", "", "KV caches of conversations that were dropped since the request before.", NotReported,
            s => s.Evictions, (s, v) => s with { Evictions = v }),
        TurnColumn.Integer("session_saved_bytes", "bytes",
            "Bytes that were written to storage since the request before, to keep conversations.", NotReported,
            s => s.SavedBytes, (s, v) => s with { SavedBytes = v }),
        TurnColumn.Text("session_answer_sha256", "SHA-256 of the answer's text, to compare systems.", "There was no answer.",
            s => s.AnswerSha256, (s, v) => s with { AnswerSha256 = v }),
        TurnColumn.OptionalWord<AnswerUnit>("session_answer_unit",
            "What the pieces of the answer are: `token` where the target reports the id of each, else `word`.", "There was no answer.",
            s => s.AnswerUnit, (s, v) => s with { AnswerUnit = v }),
        TurnColumn.Text("session_answer_pieces",
            "The first 1,024 pieces of the answer as numbers with blanks between them: ids of tokens, or a number for each different word.",
            "There was no answer.",
            s => s.AnswerPieces, (s, v) => s with { AnswerPieces = v }),
        TurnColumn.Text("session_needle", "The hidden number that the turn asks for.", NoNeedle,
            s => s.Needle, (s, v) => s with { Needle = v }),
        TurnColumn.Number("session_needle_depth", "", "Where the number is hidden: the share of the prompt before it, 0 to 1.", NoNeedle,
            s => s.NeedleDepth, (s, v) => s with { NeedleDepth = v }),
        TurnColumn.Flag("session_needle_found", "Whether the answer has the number.", "There was no answer, or no number was asked for.",
            s => s.IsNeedleFound, (s, v) => s with { IsNeedleFound = v }),
    ];

    /// <summary>All columns, in the order of the file.</summary>
    public static IReadOnlyList<Column<Trial>> All { get; } =
    [
        s_presence,
        .. s_turn.Select(column => column.Within<Trial>(t => t.Session,
            (t, change) => t.Session is { } turn ? t with { Session = change(turn) } : t)),
    ];

    private static SessionTurn CreateEmpty() => new() { Users = 0, User = 0, Turn = 0, KnownTokens = 0 };
}
