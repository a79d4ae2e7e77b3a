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
    private protected Outcome()
    {
    }

    /// <summary>The outcome's name in tables and files: lower case, words joined by underscores.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>One sentence for people, with the evidence; empty for <see cref="Completed"/>.</summary>
    [JsonIgnore]
    public abstract string Detail { get; }

    /// <summary>Whether the trial did what was asked.</summary>
    [JsonIgnore]
    public bool IsCompleted => this is Completed;
}

/// <summary>The whole prompt was counted as sent and the stream ended with its final frame.</summary>
internal sealed record Completed : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "completed";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => "";
}

/// <summary>Memory ran out.</summary>
/// <param name="Evidence">The kernel's counter, the exit signal or the server's own words.</param>
internal sealed record OutOfMemory(string Evidence) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "out_of_memory";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => Evidence;
}

/// <summary>The system moved pages instead of working.</summary>
/// <param name="Evidence">Swapped, faulted or re-read bytes during the phase.</param>
internal sealed record Thrashing(string Evidence) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "thrashing";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => Evidence;
}

/// <summary>A phase took longer than its limit.</summary>
/// <param name="Phase">The phase that was under way.</param>
/// <param name="Limit">The limit that it passed.</param>
internal sealed record TimedOut(Phase Phase, [property: JsonPropertyName("limit_seconds")] TimeSpan Limit) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "timed_out";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail =>
        FormattableString.Invariant($"{Phase.ToString().ToLowerInvariant()} took longer than its limit of {Limit.TotalSeconds:0.###} s");
}

/// <summary>The target said no.</summary>
/// <param name="Status">The HTTP status; absent where the refusal was not an HTTP answer.</param>
/// <param name="Text">The target's own words, bounded in length.</param>
internal sealed record Refused(int? Status, string Text) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "refused";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => Status is { } status ? FormattableString.Invariant($"HTTP {status}: {Text}") : Text;
}

/// <summary>The target worked on fewer prompt tokens than it was sent.</summary>
/// <param name="Sent">Tokens sent.</param>
/// <param name="Counted">Tokens that the target counted.</param>
internal sealed record Truncated(int Sent, int Counted) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "truncated";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => FormattableString.Invariant($"sent {Sent} tokens, the target counted {Counted}");
}

/// <summary>The target counted more prompt tokens than were meant, or it reported no count where it should.</summary>
/// <param name="Sent">Tokens meant.</param>
/// <param name="Counted">Tokens that the target counted.</param>
internal sealed record Miscounted(int Sent, int Counted) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "miscounted";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => FormattableString.Invariant($"meant {Sent} tokens, the target counted {Counted}");
}

/// <summary>The answer was not what the protocol promises: a missing final frame, a line that is no JSON, no tokens at all.</summary>
/// <param name="Reason">What was wrong.</param>
internal sealed record ProtocolViolation(string Reason) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "protocol_broken";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => Reason;
}

/// <summary>The target's process ended or its connection broke.</summary>
/// <param name="Evidence">The exit code or signal, the socket's error or the server's own words.</param>
internal sealed record TargetDied(string Evidence) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "target_died";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => Evidence;
}

/// <summary>The user stopped the run.</summary>
internal sealed record Cancelled : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "cancelled";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => "stopped by the user";
}

/// <summary>An outcome that this version cannot read, kept in the words it was stored with. It is never taken for a success.</summary>
/// <param name="Name">Its kind as stored.</param>
/// <param name="Text">Its sentence as stored.</param>
internal sealed record UnknownOutcome(string Name, string Text) : Outcome
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "unknown";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Detail => Text.Length == 0 ? Name : $"{Name}: {Text}";
}
