namespace MemoryWall.Sweeps.Preflight;

/// <summary>A finding of preflight.</summary>
/// <param name="Subject">The field or thing that it is about.</param>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="StopsTheRun">Whether the sweep cannot start; otherwise it is a note for the run.</param>
internal sealed record PreflightFinding(string Subject, string Message, bool StopsTheRun)
{
    /// <summary>Whether the user may run anyway.</summary>
    public bool CanBeForced { get; init; }

    /// <summary>Subject and message in one sentence.</summary>
    public override string ToString() => $"{Subject}: {Message}";

    internal static PreflightFinding Error(string subject, string message) => new(subject, message, StopsTheRun: true);

    internal static PreflightFinding Risk(string subject, string message) =>
        new(subject, message, StopsTheRun: true) { CanBeForced = true };

    internal static PreflightFinding Note(string subject, string message) => new(subject, message, StopsTheRun: false);
}
