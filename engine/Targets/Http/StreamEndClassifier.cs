using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>Maps an answer that ended without its final frame to an outcome.</summary>
internal static class StreamEndClassifier
{
    public static Outcome Classify(Exchange exchange, string incompleteMessage, PhaseWatchdog watch, Exception? thrown,
        CancellationToken user) => exchange switch
        {
            { Status: { } status, ErrorText: { } text } => ServerErrorClassifier.ClassifyStatus(status, text, exchange.Access),
            _ when watch.Expired is { } expired => expired,
            _ when user.IsCancellationRequested => new Cancelled(),
            { Lines: { End: LineStreamEnd.LineTooLong } lines } =>
                new ProtocolViolation(FormattableString.Invariant($"a line is longer than {lines.MaxLineBytes} bytes")),
            { Lines: { End: LineStreamEnd.AnswerTooLong } lines } =>
                new ProtocolViolation(
                    FormattableString.Invariant($"the answer is longer than {lines.MaxBytes} bytes, far more than its tokens need")),
            { Lines: { End: LineStreamEnd.Broken } lines } =>
                new TargetDied(
                    exchange.Access.Sanitize(
                        $"the connection broke before the final frame: {FailureClassifier.InnermostMessage(lines.Failure)}")),
            { Lines.End: LineStreamEnd.Complete } => new ProtocolViolation(incompleteMessage),
            _ => FailureClassifier.Classify(thrown, exchange.Access),
        };
}
