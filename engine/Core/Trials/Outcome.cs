using System.Reflection;
using System.Text.Json.Serialization;

namespace MemoryWall.Core.Trials;

/// <summary>How a trial ended. A failure is a result like any other and carries its evidence.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Completed), "completed")]
[JsonDerivedType(typeof(OutOfMemory), "out_of_memory")]
[JsonDerivedType(typeof(Thrashing), "thrashing")]
[JsonDerivedType(typeof(TimedOut), "timed_out")]
[JsonDerivedType(typeof(Refused), "refused")]
[JsonDerivedType(typeof(Truncated), "truncated")]
[JsonDerivedType(typeof(Miscounted), "miscounted")]
[JsonDerivedType(typeof(ProtocolViolation), "protocol_broken")]
[JsonDerivedType(typeof(TargetDied), "target_died")]
[JsonDerivedType(typeof(Cancelled), "cancelled")]
[JsonDerivedType(typeof(UnknownOutcome), "unknown")]
public abstract record Outcome
{
    private static readonly Dictionary<Type, string> s_kinds = typeof(Outcome).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(derived => derived.DerivedType, derived => (string)derived.TypeDiscriminator!);

    private protected Outcome()
    {
    }

    /// <summary>The names of all outcomes, in the order in which they are declared.</summary>
    internal static IReadOnlyList<string> Kinds { get; } =
        [.. typeof(Outcome).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(derived => (string)derived.TypeDiscriminator!)];

    /// <summary>The outcome's name in tables and files: lower case, words joined by underscores.</summary>
    [JsonIgnore]
    public string Kind => s_kinds[GetType()];

    /// <summary>The evidence in one sentence; empty for <see cref="Completed"/>.</summary>
    [JsonIgnore]
    public string Detail => Describe();

    /// <summary>The class of the failure: of a death and of memory that ran out by the outcome, of a refusal by the server's words.
    /// <see cref="ServerErrorClass.Other"/> for all other outcomes.</summary>
    [JsonIgnore]
    internal ServerErrorClass ErrorClass => this switch
    {
        OutOfMemory failure when ServerErrorWords.Classify(null, failure.Evidence) == ServerErrorClass.MemoryRefused =>
            ServerErrorClass.MemoryRefused,
        OutOfMemory => ServerErrorClass.MemoryExhausted,
        Refused refusal => ServerErrorWords.Classify(refusal.Status, refusal.Text),
        TargetDied => ServerErrorClass.Crash,
        _ => ServerErrorClass.Other,
    };

    /// <summary>Whether the trial did what was asked.</summary>
    [JsonIgnore]
    public bool IsCompleted => this is Completed;

    private protected abstract string Describe();
}

/// <summary>The target counted the whole prompt, and the stream ended with its final frame.</summary>
internal sealed record Completed : Outcome
{
    private protected override string Describe() => "";
}

/// <summary>Memory ran out.</summary>
/// <param name="Evidence">The kernel's counter, the exit signal or the server's own message.</param>
internal sealed record OutOfMemory(string Evidence) : Outcome
{
    private protected override string Describe() => Evidence;
}

/// <summary>The system spent the phase on paging instead of computing.</summary>
/// <param name="Evidence">Bytes that were swapped, faulted in or read again during the phase.</param>
internal sealed record Thrashing(string Evidence) : Outcome
{
    private protected override string Describe() => Evidence;
}

/// <summary>A phase took longer than its limit.</summary>
/// <param name="Phase">The phase that was under way.</param>
/// <param name="Limit">The limit that it exceeded.</param>
internal sealed record TimedOut(Phase Phase, [property: JsonPropertyName("limit_seconds")] TimeSpan Limit) : Outcome
{
    private protected override string Describe() =>
        FormattableString.Invariant($"{Phase.ToString().ToLowerInvariant()} took longer than its limit of {Limit.TotalSeconds:0.###} s");
}

/// <summary>The target refused the request.</summary>
/// <param name="Status">The HTTP status; absent where the refusal was not an HTTP response.</param>
/// <param name="Text">The target's own message, limited in length.</param>
internal sealed record Refused(int? Status, string Text) : Outcome
{
    private protected override string Describe() => Status is { } status ? FormattableString.Invariant($"HTTP {status}: {Text}") : Text;
}

/// <summary>The target processed fewer prompt tokens than were sent.</summary>
/// <param name="Sent">Tokens sent.</param>
/// <param name="Counted">Tokens that the target counted.</param>
internal sealed record Truncated(int Sent, int Counted) : Outcome
{
    private protected override string Describe() =>
        FormattableString.Invariant($"sent {Sent} tokens, the target counted {Counted}");
}

/// <summary>The target counted more prompt tokens than were sent, or reported no count where it should.</summary>
/// <param name="Sent">Tokens sent.</param>
/// <param name="Counted">Tokens that the target counted.</param>
internal sealed record Miscounted(int Sent, int Counted) : Outcome
{
    private protected override string Describe() =>
        FormattableString.Invariant($"meant {Sent} tokens, the target counted {Counted}");
}

/// <summary>The response violated the protocol: a missing final frame, a line that is not JSON, no tokens at all.</summary>
/// <param name="Reason">What was wrong.</param>
internal sealed record ProtocolViolation(string Reason) : Outcome
{
    private protected override string Describe() => Reason;
}

/// <summary>The target's process ended or its connection broke.</summary>
/// <param name="Evidence">The exit code or signal, the socket error or the server's own message.</param>
internal sealed record TargetDied(string Evidence) : Outcome
{
    private protected override string Describe() => Evidence;
}

/// <summary>The user stopped the run.</summary>
internal sealed record Cancelled : Outcome
{
    private protected override string Describe() => "stopped by the user";
}

/// <summary>A stored outcome that this version does not know. It never counts as a success.</summary>
/// <param name="Name">Its kind as stored.</param>
/// <param name="Text">Its detail as stored.</param>
internal sealed record UnknownOutcome(string Name, string Text) : Outcome
{
    private protected override string Describe() => Text.Length == 0 ? Name : $"{Name}: {Text}";
}
