using System.Diagnostics;

namespace MemoryWall.Tests;

/// <summary>
/// A real browser without a network, also used by the tests of the figures. The tests are skipped where no Chromium is installed;
/// <c>MEMWALL_CHROMIUM</c> names another executable.
/// </summary>
internal static class Chromium
{
    /// <summary>A script to insert at the start of a page, so that figures do not wait until they scroll into view.</summary>
    public const string AllInSight = "<script>window.IntersectionObserver=undefined</script>";

    /// <summary>Opens a local file and returns its elements after the scripts ran and the console's output.</summary>
    public static async Task<(string Dom, string Console)> OpenAsync(string file, int waitMilliseconds = 3000)
    {
        var chromium = Find();
        RequiredTools.SkipWhen(chromium is null, "Chromium is not installed: install it, or set MEMWALL_CHROMIUM to its path");
        var profile = Directory.CreateTempSubdirectory("memwall-chromium-");
        try
        {
            var start = new ProcessStartInfo(chromium, [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", $"--user-data-dir={profile.FullName}",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--enable-logging=stderr", FormattableString.Invariant($"--virtual-time-budget={waitMilliseconds}"),
                "--window-size=1280,900", "--dump-dom", new Uri(file).AbsoluteUri])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            return await ReadAsync(start);
        }
        finally
        {
            profile.Delete(recursive: true);
        }
    }

    private static async Task<(string Dom, string Console)> ReadAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TestedProgram.Patience);
        try
        {
            var dom = process.StandardOutput.ReadToEndAsync(limit.Token);
            var console = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (await dom, await console);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    internal static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MEMWALL_CHROMIUM") is { Length: > 0 } named)
            return named;
        string[] names = OperatingSystem.IsWindows() ? ["chrome.exe", "msedge.exe"] : ["chromium", "chromium-browser", "google-chrome"];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}
