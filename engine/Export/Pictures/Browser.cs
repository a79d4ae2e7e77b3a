using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace MemoryWall.Export.Pictures;

/// <summary>A browser of this machine that draws pictures and prints pages: Chromium, Chrome or Edge.</summary>
/// <param name="program">Its path.</param>
internal sealed class Browser(string program)
{
    /// <summary>The environment variable that names the program.</summary>
    public const string Variable = "MEMWALL_CHROMIUM";

    // A first start creates a profile, which can take some seconds.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    // A page of many figures takes seconds, and minutes on a busy machine.
    private static readonly TimeSpan s_printLimit = TimeSpan.FromMinutes(5);

    private static readonly string[] s_names =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge"];

    private static readonly string[] s_paths =
    [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    /// <summary>Its path.</summary>
    public string Program => program;

    /// <summary>The browser of this machine; null where there is none.</summary>
    public static Browser? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? new Browser(named) : null;
        var suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        var onPath = from name in s_names
                     from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                     where folder.Length > 0
                     select Path.Combine(folder, name + suffix);
        return onPath.Concat(s_paths).FirstOrDefault(File.Exists) is { } program ? new Browser(program) : null;
    }

    /// <summary>Draws an SVG document as a PNG file of twice its size, on white.</summary>
    /// <param name="svg">The document.</param>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="height">Its height in pixels.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="cancellation">Stops the browser.</param>
    /// <exception cref="IOException">The browser drew nothing.</exception>
    public async Task DrawAsync(string svg, int width, int height, string path, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("memwall-picture-");
        try
        {
            var page = Path.Combine(folder.FullName, "page.html");
            await File.WriteAllTextAsync(page, $"<!doctype html><meta charset=\"utf-8\"><body style=\"margin:0\">{svg}", cancellation)
                .ConfigureAwait(false);
            var start = CreateStart(Path.Combine(folder.FullName, "profile"),
                "--hide-scrollbars", "--force-device-scale-factor=2", "--default-background-color=FFFFFFFF",
                string.Create(CultureInfo.InvariantCulture, $"--window-size={width},{height}"), $"--screenshot={path}",
                new Uri(page).AbsoluteUri);
            await RunAsync(start, cancellation).ConfigureAwait(false);
        }
        finally
        {
            DeleteTemporary(folder);
        }
        if (!File.Exists(path))
            throw new IOException($"the browser {program} drew no picture");
    }

    /// <summary>Prints a page to a PDF file.</summary>
    /// <param name="page">The HTML file.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="cancellation">Stops the browser.</param>
    /// <exception cref="IOException">The browser printed nothing.</exception>
    public async Task PrintAsync(string page, string path, CancellationToken cancellation)
    {
        var profile = Directory.CreateTempSubdirectory("memwall-print-");
        try
        {
            File.Delete(path);
            var start = CreateStart(profile.FullName, "--no-pdf-header-footer", $"--print-to-pdf={path}", new Uri(page).AbsoluteUri);
            await RunAsync(start, cancellation, s_printLimit).ConfigureAwait(false);
        }
        finally
        {
            DeleteTemporary(profile);
        }
        if (!File.Exists(path))
            throw new IOException($"the browser {program} printed nothing");
    }

    // The pages are our own and need no network, neither does the browser.
    private ProcessStartInfo CreateStart(string profile, params string[] arguments) => new(program,
    [
        "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", $"--user-data-dir={profile}",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        // The sandbox does not start for root.
        .. Environment.IsPrivilegedProcess && OperatingSystem.IsLinux() ? (string[])["--no-sandbox"] : [],
        .. arguments,
    ])
    {
        RedirectStandardError = true,
        RedirectStandardOutput = true,
        UseShellExecute = false,
    };

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new IOException($"{start.FileName} does not start");
        }
        catch (Win32Exception error)
        {
            throw new IOException($"{start.FileName} does not start: {error.Message}", error);
        }
    }

    // A browser can still hold a file of its profile when its first process has ended.
    private static void DeleteTemporary(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder is temporary.
        }
    }

    private static async Task RunAsync(ProcessStartInfo start, CancellationToken cancellation, TimeSpan? most = null)
    {
        using var browser = Start(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(most ?? s_limit);
        try
        {
            var output = Task.WhenAll(browser.StandardOutput.ReadToEndAsync(limit.Token),
                browser.StandardError.ReadToEndAsync(limit.Token));
            await browser.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            await output.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"{start.FileName} was not done within {(most ?? s_limit).TotalSeconds} s");
        }
        finally
        {
            if (!browser.HasExited)
                browser.Kill(entireProcessTree: true);
        }
    }
}
