using System.ComponentModel;
using System.Diagnostics;

namespace MemoryWall.Cli.Pages;

/// <summary>Prints a page to PDF with a Chromium-based browser of this machine, without a network.</summary>
internal static class PdfPrinter
{
    /// <summary>The environment variable that names another browser.</summary>
    public const string Variable = "MEMWALL_CHROMIUM";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private static readonly string[] s_names = OperatingSystem.IsWindows()
        ? ["chrome.exe", "msedge.exe", "chromium.exe"]
        : ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable"];

    private static readonly string[] s_places = OperatingSystem.IsWindows()
        ? [@"Google\Chrome\Application\chrome.exe", @"Microsoft\Edge\Application\msedge.exe"]
        : ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
            "/Applications/Chromium.app/Contents/MacOS/Chromium"];

    /// <summary>The browser's program.</summary>
    /// <exception cref="PageException">There is none.</exception>
    public static string FindBrowser() => Candidates().FirstOrDefault(File.Exists) ?? throw new PageException(
        "--pdf: there is no Chromium, Google Chrome or Microsoft Edge here; install one, name one in "
        + $"{Variable}, or open the page in a browser and print it");

    /// <summary>Prints a page.</summary>
    /// <param name="browser">The browser's program.</param>
    /// <param name="page">The HTML file.</param>
    /// <param name="output">The PDF file.</param>
    /// <param name="cancellation">Stops the browser.</param>
    /// <exception cref="PageException">The browser did not print it.</exception>
    public static async Task PrintAsync(string browser, string page, string output, CancellationToken cancellation)
    {
        var profile = Directory.CreateTempSubdirectory("memwall-print-");
        try
        {
            File.Delete(output);
            var start = new ProcessStartInfo(browser, [
                "--headless", "--disable-gpu", "--disable-dev-shm-usage", $"--user-data-dir={profile.FullName}", "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                // As root there is no sandbox to start; the page is the one that was just written.
                .. OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>(),
                "--no-pdf-header-footer", $"--print-to-pdf={output}", new Uri(page).AbsoluteUri])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            await RunAsync(start, cancellation).ConfigureAwait(false);
            if (!File.Exists(output))
                throw new PageException($"--pdf: '{browser}' did not print '{page}'; open the page in a browser and print it");
        }
        finally
        {
            DeleteProfile(profile);
        }
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return [named];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] programs = [Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles),
            Environment.GetFolderPath(Environment.SpecialFolder.ProgramFilesX86)];
        return folders.SelectMany(folder => s_names.Select(name => Path.Combine(folder, name)))
            .Concat(s_places.SelectMany(place => OperatingSystem.IsWindows()
                ? programs.Select(program => Path.Combine(program, place))
                : [place]));
    }

    private static async Task RunAsync(ProcessStartInfo start, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_patience);
        Process? process = null;
        try
        {
            process = Process.Start(start) ?? throw new PageException($"--pdf: '{start.FileName}' did not start");
            var outputs = Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token),
                process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            await outputs.ConfigureAwait(false);
        }
        catch (Win32Exception error)
        {
            throw new PageException($"--pdf: '{start.FileName}' could not be started: {error.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new PageException($"--pdf: '{start.FileName}' did not finish within {s_patience.TotalMinutes:0} minutes");
        }
        finally
        {
            if (process is { HasExited: false })
                process.Kill(entireProcessTree: true);
            process?.Dispose();
        }
    }

    // A browser can still hold a file of its profile when its first process has ended.
    private static void DeleteProfile(DirectoryInfo profile)
    {
        try
        {
            profile.Delete(recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder is temporary.
        }
    }
}
