using MemoryWall.Charts;
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
            await File.AppendAllTextAsync(printed, $"\n{PageMark.Pdf}\n", CancellationToken.None).ConfigureAwait(false);
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
