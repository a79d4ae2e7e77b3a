using System.Runtime.ExceptionServices;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Notebooks.DotNetInteractive;

/// <summary>
/// Errors of cells as one sentence. A kernel shows an exception with its type and its stack trace, in which the paths of this machine are.
/// When an exception of the engine leaves a cell, the cell fails with the message alone before the kernel reports the exception.
/// </summary>
internal static class CellErrors
{
    // The compiler names the class of a cell so.
    private const string CellFrame = "at Submission#";
    private const string EngineFrame = "at MemoryWall.";

    [ThreadStatic]
    private static bool s_isHandling;

    /// <summary>Begins to watch the exceptions of this process.</summary>
    public static void Watch() => AppDomain.CurrentDomain.FirstChanceException += OnException;

    /// <summary>The message as one sentence: without the name of a parameter and without this machine's folders.</summary>
    public static string Format(Exception error)
    {
        var message = error.Message;
        if (error is ArgumentException { ParamName: { } name })
            message = message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal);
        foreach (var (folder, shown) in Folders().Where(entry => entry.Folder.Length > 1))
            message = message.Replace(folder + Path.DirectorySeparatorChar, shown.Length == 0 ? "" : $"{shown}/", StringComparison.Ordinal)
                .Replace(folder, shown.Length == 0 ? "the checkout" : shown, StringComparison.Ordinal);
        message = WordFormat.Capitalize(WordFormat.SingleLine(message).Trim());
        return message.EndsWith('.') ? message : message + ".";
    }

    private static IEnumerable<(string Folder, string Shown)> Folders() =>
    [
        (NotebookFolders.Root, ""),
        (NotebookFolders.Runs, "data/runs"),
        (Path.TrimEndingDirectorySeparator(Path.GetTempPath()), "the temporary folder"),
        (Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "~"),
    ];

    // The kernel's script runner throws again what left the cell, and only then the trace has the cell in it.
    private static void OnException(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        if (s_isHandling)
            return;
        s_isHandling = true;
        try
        {
            var error = thrown.Exception is AggregateException { InnerException: { } inner } ? inner : thrown.Exception;
            if (thrown.Exception.StackTrace?.Contains(CellFrame, StringComparison.Ordinal) == true
                && error.StackTrace?.Contains(EngineFrame, StringComparison.Ordinal) == true)
                InteractiveKernelBridge.FailCell(Format(error));
        }
        finally
        {
            s_isHandling = false;
        }
    }
}
