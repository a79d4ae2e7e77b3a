using MemoryWall.Export.Pictures;

namespace MemoryWall.Cli.Pages;

/// <summary>The option <c>--pdf</c>: prints a page with a browser of this machine.</summary>
internal static class PdfPrinter
{
    /// <summary>The browser.</summary>
    /// <exception cref="PageException">There is none.</exception>
    public static Browser FindBrowser() => Browser.Find() ?? throw new PageException(
        "--pdf: there is no Chromium, Google Chrome or Microsoft Edge here; install one, name its program in "
        + $"{Browser.Variable}, or open the page in a browser and print it");

    /// <summary>Refuses a path that a page cannot have, or beside which a file would replace one that the user has.</summary>
    /// <param name="output">The option <c>--output</c>.</param>
    /// <param name="notebook">The executed notebook beside the page.</param>
    /// <param name="withPdf">Whether the page is printed.</param>
    /// <exception cref="FormatException">The path is refused.</exception>
    public static void CheckOutput(string output, string notebook, bool withPdf)
    {
        if (Path.GetExtension(output).ToLowerInvariant() is ".pdf" or ".ipynb")
            throw new FormatException($"--output: '{output}' would be the page itself, which is HTML; name a file that ends in .html");
        // Where the page is, the notebook beside it is of an earlier page.
        if (File.Exists(notebook) && !File.Exists(output))
            throw new FormatException($"--output: the file '{notebook}' exists and would be replaced; remove it, or write to another "
                + "folder");
        var pdf = Path.ChangeExtension(output, ".pdf");
        if (withPdf && Path.Exists(pdf))
            throw new FormatException($"--pdf: the file '{pdf}' exists; remove it, or name another page with --output");
    }

    /// <summary>Prints a page to the file beside it that ends in <c>.pdf</c>. What was there stays until the new file is
    /// complete.</summary>
    /// <exception cref="PageException">The browser did not print it.</exception>
    public static async Task PrintAsync(Browser browser, string page, CancellationToken cancellation)
    {
        var work = Directory.CreateTempSubdirectory("memwall-pdf-");
        try
        {
            var printed = Path.Combine(work.FullName, "page.pdf");
            await browser.PrintAsync(page, printed, cancellation).ConfigureAwait(false);
            File.Move(printed, Path.ChangeExtension(page, ".pdf"), overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PageException($"--pdf: {error.Message}; open {page} in a browser and print it");
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}
