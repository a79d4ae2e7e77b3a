using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Events;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>Finds the failure of a cell and its line in the kernel's events.</summary>
internal static partial class FailureReader
{
    private const int TracebackLines = 60;

    /// <summary>The failure; null if the cell succeeded.</summary>
    /// <param name="result">The kernel's answer.</param>
    /// <param name="place">The name of the cell in stack traces.</param>
    public static CellFailure? Read(KernelCommandResult result, CellLocation place)
    {
        var failed = result.Events.OfType<CommandFailed>().FirstOrDefault();
        if (failed is null)
            return null;
        var errors = result.Events.OfType<DiagnosticsProduced>().SelectMany(produced => produced.Diagnostics)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .DistinctBy(diagnostic => (diagnostic.Code, diagnostic.LinePositionSpan.Start.Line, diagnostic.Message)).ToList();
        if (errors.Count > 0 && failed.Exception is null or CodeSubmissionCompilationErrorException)
            return FromDiagnostics(errors, failed.Message);
        return failed.Exception is { } exception ? FromException(Unwrap(exception), place) : CellFailure.Create("Error", failed.Message);
    }

    private static CellFailure FromDiagnostics(List<Microsoft.DotNet.Interactive.Diagnostic> errors, string message)
    {
        if (errors.Count == 0)
            return CellFailure.Create("CompilationError", message);
        var lines = errors.Select(error => DescribePosition(error) + $": {error.Code}: {error.Message}").ToList();
        return new("CompilationError", $"{errors[0].Code}: {errors[0].Message}", lines, errors[0].LinePositionSpan.Start.Line + 1);
    }

    private static string DescribePosition(Microsoft.DotNet.Interactive.Diagnostic error)
    {
        var start = error.LinePositionSpan.Start;
        return string.Create(CultureInfo.InvariantCulture, $"line {start.Line + 1}, column {start.Character + 1}");
    }

    private static CellFailure FromException(Exception exception, CellLocation place)
    {
        var name = exception.GetType().FullName ?? exception.GetType().Name;
        var lines = place.ShortenPaths(exception.ToString()).Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => !InternalFrame().IsMatch(line)).ToList();
        if (lines.Count > TracebackLines)
            lines = [.. lines[..(TracebackLines / 2)], "…", .. lines[^(TracebackLines / 2)..]];
        return new(name, exception.Message, lines, place.FindLine(exception.StackTrace));
    }

    // An AggregateException with one inner exception adds no information.
    private static Exception Unwrap(Exception exception) =>
        exception is AggregateException { InnerExceptions: [var only] } ? Unwrap(only) : exception;

    [GeneratedRegex(@"^(at Microsoft\.CodeAnalysis\.Scripting\.|at Microsoft\.DotNet\.Interactive\.|--- End of stack trace)",
        RegexOptions.CultureInvariant)]
    private static partial Regex InternalFrame();
}
