using MemoryWall.Charts;
using MemoryWall.Core.Files;

namespace MemoryWall.Cli.Pages;

/// <summary>The files of a page: the page itself, its executed notebook, and its PDF. One that this program made is replaced, another one
/// only where the user says so.</summary>
internal static class PageFiles
{
    /// <summary>Refuses a path that a page cannot have, or that would replace a file which this program did not make.</summary>
    /// <param name="output">The page.</param>
    /// <param name="notebook">The executed notebook beside it.</param>
    /// <param name="withPdf">Whether the page is printed.</param>
    /// <param name="force">Whether any file may be replaced; null where the command has no such option.</param>
    /// <exception cref="FormatException">The path is refused.</exception>
    public static void Check(string output, string notebook, bool withPdf, bool? force)
    {
        if (Path.GetExtension(output).ToLowerInvariant() is ".pdf" or ".ipynb")
            throw new FormatException($"--output: '{output}' would be the page itself, which is HTML; name a file that ends in .html");
        if (Directory.Exists(output))
            throw new FormatException($"--output: '{output}' is a folder; name a file that ends in .html");
        if (force == true)
            return;
        var remedy = force is null ? "remove it, or name another page" : "add --force to replace it, or name another page";
        if (IsOfAnotherProgram(output, PageMark.IsOn))
            throw new FormatException($"--output: the file '{output}' exists and was not made by memwall; {remedy} with --output");
        if (IsOfAnotherProgram(notebook, PageMark.IsOnNotebook))
            throw new FormatException($"--output: the file '{notebook}' exists, would be replaced, and was not made by memwall or "
                + $"was edited; {remedy} with --output");
        var pdf = Path.ChangeExtension(output, ".pdf");
        if (withPdf && IsOfAnotherProgram(pdf, PageMark.IsOn))
            throw new FormatException($"--pdf: the file '{pdf}' exists and was not made by memwall; {remedy} with --output");
    }

    /// <summary>Refuses a page whose executed notebook would replace the notebook that it is made from.</summary>
    /// <param name="source">The notebook that is executed.</param>
    /// <param name="executed">The executed notebook beside the page.</param>
    /// <exception cref="FormatException">They are the same file.</exception>
    public static void CheckSource(string source, string executed)
    {
        if (OutputFile.IsSame(source, executed))
            throw new FormatException($"--output: the executed notebook beside the page would replace '{source}', which is read; "
                + "name a page in another folder, or with another name, with --output");
    }

    private static bool IsOfAnotherProgram(string path, Func<string, bool> isOwn)
    {
        try
        {
            return Directory.Exists(path) || (File.Exists(path) && !(OutputFile.IsRegular(path) && isOwn(path)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
