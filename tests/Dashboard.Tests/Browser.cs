using Microsoft.Playwright;

namespace MemoryWall.Dashboard.Tests;

/// <summary>A real browser, shared by the tests. They are skipped where no Chromium is installed; <c>MEMWALL_CHROMIUM</c> names another
/// executable. With <c>MEMWALL_SCREENSHOTS</c> pictures are stored in the folder that it names.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (FindChromium() is not { } path)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args = ["--no-sandbox", "--disable-dev-shm-usage"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens an address. Errors of the page and dialogs fail the test when it is closed.</summary>
    public async Task<OpenPage> OpenAsync(Uri address, int width = 1920, int height = 1080, bool isDark = true)
    {
        RequiredTools.SkipWhen(_browser is null, "Chromium is not installed: install it, or set MEMWALL_CHROMIUM to its path");
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
        });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout((float)TestedProgram.Patience.TotalMilliseconds);
        page.SetDefaultNavigationTimeout((float)TestedProgram.Patience.TotalMilliseconds);
        var open = new OpenPage(page);
        await page.GotoAsync(address.ToString());
        return open;
    }

    private static string? FindChromium()
    {
        if (Environment.GetEnvironmentVariable("MEMWALL_CHROMIUM") is { Length: > 0 } named)
            return named;
        string[] names = OperatingSystem.IsWindows() ? ["chrome.exe", "msedge.exe"] : ["chromium", "chromium-browser", "google-chrome"];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}

/// <summary>A page with what went wrong in it.</summary>
public sealed class OpenPage : IAsyncDisposable
{
    private readonly List<string> _errors = [];

    public OpenPage(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => _errors.Add(error);
        page.Dialog += (_, dialog) => _errors.Add("dialog: " + dialog.Message);
        // A dashboard that is gone is an error of the network, which the page shows.
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("net::ERR_", StringComparison.Ordinal))
                _errors.Add(message.Text);
        };
    }

    public IPage Page { get; }

    public ILocator Picture => Page.Locator("#picture");

    /// <summary>Waits until the picture contains a text.</summary>
    public Task SeesAsync(string text) => Picture.GetByText(text).First.WaitForAsync();

    /// <summary>Waits until an expression of the page is true. The page's policy forbids the browser's own way to wait for one.</summary>
    public async Task WaitUntilAsync(string expression)
    {
        using var limit = new CancellationTokenSource(TestedProgram.Patience);
        while (!await Page.EvaluateAsync<bool>(expression))
            await Task.Delay(50, limit.Token);
    }

    /// <summary>The text of a card.</summary>
    public async Task<string> ReadCardAsync(string run, string card) =>
        await Page.Locator($"[data-card='{run}-{card}']").TextContentAsync() ?? "";

    /// <summary>Stores a picture for people to look at.</summary>
    public async Task ShootAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("MEMWALL_SCREENSHOTS") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
    }

    public async ValueTask DisposeAsync()
    {
        await Page.Context.CloseAsync();
        Assert.Empty(_errors);
    }
}
