using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace MemoryWall.Notebooks.Tests.Figures;

/// <summary>One page of a browser without a network, driven by the DevTools protocol, which can emulate print and colour schemes.</summary>
internal sealed class DevTools : IAsyncDisposable
{
    private readonly Process _browser;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket = new();
    private int _number;

    private DevTools(Process browser, DirectoryInfo profile) => (_browser, _profile) = (browser, profile);

    /// <summary>Starts a browser with an empty page.</summary>
    public static async Task<DevTools> StartAsync(CancellationToken limit)
    {
        var chromium = Chromium.Find();
        RequiredTools.SkipWhen(chromium is null, "Chromium is not installed: install it, or set MEMWALL_CHROMIUM to its path");
        var profile = Directory.CreateTempSubdirectory("memwall-devtools-");
        var browser = Process.Start(new ProcessStartInfo(chromium, [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", $"--user-data-dir={profile.FullName}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-port=0", "--hide-scrollbars", "about:blank"])
        {
            RedirectStandardError = true,
        })!;
        var tools = new DevTools(browser, profile);
        try
        {
            await tools.ConnectAsync(limit);
            return tools;
        }
        catch
        {
            await tools.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a local file and waits until it has loaded.</summary>
    public async Task OpenAsync(string file, CancellationToken limit)
    {
        await SendAsync("Page.navigate", new() { ["url"] = new Uri(file).AbsoluteUri }, limit);
        await WaitAsync($"document.readyState === 'complete' && location.pathname.endsWith('{Path.GetFileName(file)}')", limit);
    }

    /// <summary>Emulates what the page is shown on.</summary>
    public async Task EmulateAsync(string media, string scheme, CancellationToken limit) => await SendAsync("Emulation.setEmulatedMedia",
        new()
        {
            ["media"] = media,
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme })
        }, limit);

    /// <summary>Makes the window so large that all of the page is in it.</summary>
    public async Task ResizeAsync(int width, int height, CancellationToken limit) => await SendAsync("Emulation.setDeviceMetricsOverride",
        new() { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = false }, limit);

    /// <summary>What is behind a page without a background.</summary>
    public async Task PutBehindAsync((int Red, int Green, int Blue) color, CancellationToken limit) =>
        await SendAsync("Emulation.setDefaultBackgroundColorOverride",
            new() { ["color"] = new JsonObject { ["r"] = color.Red, ["g"] = color.Green, ["b"] = color.Blue, ["a"] = 1 } }, limit);

    /// <summary>The value of an expression.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression, CancellationToken limit)
    {
        var answer = await SendAsync("Runtime.evaluate",
            new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true }, limit);
        Assert.True(answer["exceptionDetails"] is null, answer["exceptionDetails"]?.ToJsonString());
        return answer["result"]!["value"];
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task WaitAsync(string expression, CancellationToken limit)
    {
        while (!(bool)(await EvaluateAsync($"!!({expression})", limit))!)
            await Task.Delay(100, limit);
    }

    /// <summary>A picture of the window as PNG.</summary>
    public async Task<byte[]> PhotographAsync(CancellationToken limit) =>
        Convert.FromBase64String((string)(await SendAsync("Page.captureScreenshot", [], limit))["data"]!);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_browser.HasExited)
            _browser.Kill(entireProcessTree: true);
        await _browser.WaitForExitAsync();
        _browser.Dispose();
        _profile.Delete(recursive: true);
    }

    private async Task ConnectAsync(CancellationToken limit)
    {
        // The browser writes its port into its profile.
        var file = Path.Combine(_profile.FullName, "DevToolsActivePort");
        while (!File.Exists(file) || (await File.ReadAllLinesAsync(file, limit)).Length < 2)
        {
            Assert.False(_browser.HasExited, "the browser ended");
            await Task.Delay(100, limit);
        }
        _browser.BeginErrorReadLine();
        var port = (await File.ReadAllLinesAsync(file, limit))[0];
        using var client = new HttpClient();
        var pages = JsonNode.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json/list"), limit))!.AsArray();
        var page = pages.First(target => (string)target!["type"]! == "page")!;
        await _socket.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), limit);
        await SendAsync("Page.enable", [], limit);
    }

    private async Task<JsonNode> SendAsync(string method, JsonObject parameters, CancellationToken limit)
    {
        var number = ++_number;
        var request = new JsonObject { ["id"] = number, ["method"] = method, ["params"] = parameters };
        await _socket.SendAsync(Encoding.UTF8.GetBytes(request.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, limit);
        while (true)
        {
            var answer = JsonNode.Parse(await ReceiveAsync(limit))!;
            if ((int?)answer["id"] != number)
                continue;
            Assert.True(answer["error"] is null, $"{method}: {answer["error"]?.ToJsonString()}");
            return answer["result"]!;
        }
    }

    private async Task<string> ReceiveAsync(CancellationToken limit)
    {
        var buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, limit);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return Encoding.UTF8.GetString(message.ToArray());
    }
}
