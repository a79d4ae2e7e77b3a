using MemoryWall.Facts;

namespace MemoryWall.Targets.Http;

/// <summary>What it means that an answer ended without its final frame.</summary>
internal static class StreamEnds
{
    public static Outcome Judge(Exchange exchange, string missing, PhaseWatch watch, Exception? thrown, CancellationToken user) => exchange switch
    {
        { Status: { } status, ErrorText: { } text } => ServerWords.OfStatus(status, text, exchange.Access),
        _ when watch.Expired is { } expired => expired,
        _ when user.IsCancellationRequested => new Cancelled(),
        { Lines: { End: LinesEnd.LineTooLong } lines } => new ProtocolViolation(FormattableString.Invariant($"a line is longer than {lines.MaxLineBytes} bytes")),
        { Lines: { End: LinesEnd.Broken } lines } => new TargetDied(exchange.Access.Clean($"the connection broke before the final frame: {Failures.Words(lines.Failure)}")),
        { Lines.End: LinesEnd.Whole } => new ProtocolViolation(missing),
        _ => Failures.Of(thrown, exchange.Access),
    };
}
