using System.Text.RegularExpressions;

namespace MemoryWall.Audit.Readers;

/// <summary>The lines with which an inference program says that it failed.</summary>
internal static class FailureLines
{
    private static readonly Regex s_failure = new(
        @"\bmain: error\b|^error: |failed to (load|open) model|failed to load the model|failed to create (the )?(llama_)?context|"
            + @"failed to (decode|process|run) |failed to allocate|unable to allocate|cudaMalloc failed|\bout of memory\b|"
            + @"ErrorOutOfDeviceMemory|Segmentation fault|core dumped|^Aborted\b|^Killed\b|terminate called|GGML_ASSERT|CUDA error|"
            + @"error loading model|Insufficient Memory|unable to load model|llama runner process has terminated",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    // Begins of lines of a document that reports failures.
    private const string Prose = "-*#|>";

    private const int MaxLength = 400;

    public static bool IsFailure(string line) =>
        line.Length is > 0 and <= MaxLength && !Prose.Contains(line[0]) && s_failure.IsMatch(line)
        && !line.Contains("warning", StringComparison.OrdinalIgnoreCase);

    /// <summary>The first line of each failure; the lines that follow it up to a line of another kind tell of the same one.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="endsFailure">Whether a line belongs to what comes after a failure, such as a result or the next command.</param>
    public static IEnumerable<string> FindAll(IEnumerable<string> lines, Func<string, bool> endsFailure)
    {
        var isInside = false;
        foreach (var line in lines)
        {
            if (endsFailure(line))
            {
                isInside = false;
            }
            else if (IsFailure(line.Trim()))
            {
                if (!isInside)
                    yield return line.Trim();
                isInside = true;
            }
        }
    }
}
