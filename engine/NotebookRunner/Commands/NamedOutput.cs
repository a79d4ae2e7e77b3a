using MemoryWall.Core.Files;
using MemoryWall.NotebookRunner.Parameters;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary>The option <c>--output</c> of the runner's commands.</summary>
internal static class NamedOutput
{
    /// <summary>Refuses an output that is an input, or a file that this program did not make.</summary>
    /// <param name="output">The file.</param>
    /// <param name="inputs">What the command reads.</param>
    /// <param name="isOwn">Whether an existing file may be replaced.</param>
    /// <exception cref="ParameterException">It is refused.</exception>
    public static void Check(string output, IReadOnlyList<string> inputs, Func<string, bool> isOwn)
    {
        if (OutputFile.FindProblem(output, inputs, OutputFile.IsRegular(output) && IsOwn(output, isOwn)) is { } problem)
            throw new ParameterException($"--output: {problem}");
    }

    private static bool IsOwn(string path, Func<string, bool> isOwn)
    {
        try
        {
            return isOwn(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
