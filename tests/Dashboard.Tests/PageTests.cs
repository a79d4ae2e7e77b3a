using System.IO.Compression;
using System.Text.Json.Nodes;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Sweeps;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Dashboard.Tests;

/// <summary>The dashboard in a browser.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>, IAsyncLifetime
{
    private const string Hostile = "</text></svg><img src=x onerror=alert(1)><script>alert(2)</script>";
    private readonly DashboardFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.StartAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task Start_ASweepOnTheEmbeddedServer_IsShownLive_AndStopsAsCtrlCDoes()
    {
        await using var open = await browser.OpenAsync(_folder.At("start"));
        await open.Page.FillAsync("[name=target]", "embedded:nano");
        await open.Page.FillAsync("[name=contexts]", "256,512");
        await open.Page.FillAsync("[name=repetitions]", "2000");
        await open.Page.FillAsync("[name=label]", "it's live");
        await open.Page.GetByText("memwall sweep --target=embedded:nano --contexts=256,512 --repetitions=2000").WaitForAsync();

        await open.Page.ClickAsync("#go");
        await open.Page.ClickAsync("text=watch it");
        await open.SeesAsync("it's live");
        await open.SeesAsync("2 of 2");
        await open.Picture.Locator("text=/generation|prefill/").First.WaitForAsync();
        await open.ShootAsync("live-dark");
        await open.Page.ClickAsync("#theme");
        await open.ShootAsync("live-light");
        await open.Page.SetViewportSizeAsync(400, 850);
        await open.WaitUntilAsync("document.querySelector('#picture svg').viewBox.baseVal.width === 480");
        await open.ShootAsync("live-phone");

        await open.Page.GotoAsync(_folder.At("start").ToString());
        await open.Page.ClickAsync("button:has-text('Stop')");
        await open.Page.GetByText("ended with exit code 130").WaitForAsync();
        var run = new RunStore(_folder.Runs).List().Single();
        Assert.True(run.Completed > 0);
        await open.Page.GotoAsync(_folder.At("live").ToString());
        await open.SeesAsync("stopped");
    }

    [Fact]
    public async Task Start_AWrongPlan_ShowsTheWordsOfTheCommandLine()
    {
        await using var open = await browser.OpenAsync(_folder.At("start"));
        await open.Page.FillAsync("[name=contexts]", "2k..");
        await open.Page.ClickAsync("#go");

        await open.Page.Locator("#problem", new() { HasTextString = "the range '2k..' has no step" }).WaitForAsync();
        Assert.Equal("", await open.Page.TextContentAsync("#started"));
    }

    [Fact]
    public async Task Compare_OneSystemDies_IsShownBesideTheOther()
    {
        await using var healthy = LlamaServerScript.Start(new Behaviour { Prefill = TimeSpan.FromMilliseconds(600) });
        await using var dying = LlamaServerScript.Start(
            new Behaviour { Prefill = TimeSpan.FromMilliseconds(600), Ending = Ending.Error, ErrorText = "CUDA out of memory" });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var turns = new RoundRobinScheduler();
        (string Name, Uri Endpoint)[] systems = [("standard", dying.Endpoint), ("managed", healthy.Endpoint)];
        var sweeps = systems.Select(system => (Plan: CreatePlan(system.Name, system.Endpoint), Turn: turns.Join())).ToList()
            .Select(system => Task.Run(() => Sweeper.RunAsync(system.Plan,
                new SweepSettings { RunsDirectory = _folder.Runs, TelemetryInterval = null, RoundRobin = system.Turn },
                new SilentObserver(), stop.Token))).ToList();

        await using (var open = await browser.OpenAsync(_folder.At("live")))
        {
            await open.SeesAsync("standard");
            await open.SeesAsync("managed");
            await open.Page.Locator("[data-card$='-progress']", new() { HasTextString = "CUDA out of memory" }).First.WaitForAsync();
            await open.Page.Locator("[data-card$='-header']", new() { HasTextString = "out of memory" }).First.WaitForAsync();
            Assert.Equal(1, await open.Page.Locator("#picture > svg").CountAsync());
            await open.ShootAsync("compare");
        }

        await stop.CancelAsync();
        await Task.WhenAll(sweeps);
    }

    [LongFact]
    public async Task Watch_AMeasuringProcessIsKilled_IsShownAsDead()
    {
        using var process = _folder.StartMemwall("sweep", "--target", "embedded:nano", "-c", "256", "-r", "5000");
        try
        {
            await using var open = await browser.OpenAsync(_folder.At("live"));
            await open.Picture.Locator("text=/generation|prefill/").First.WaitForAsync();

            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await open.SeesAsync("dead");

            // The end of the process is seen, not only that its feed is old.
            await open.SeesAsync($"Process {process.Id}, which measured this run, has ended");
            await open.ShootAsync("dead");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task Replay_AStoredRun_RunsToItsEnd()
    {
        var run = _folder.AddSample("context-sweep");
        await using var open = await browser.OpenAsync(_folder.At($"replay={run}&speed=50"));
        await open.Picture.Locator("text=/generation|prefill/").First.WaitForAsync();
        await open.ShootAsync("replay");
        var early = await open.Page.EvaluateAsync<double>("replayAt");
        await open.WaitUntilAsync($"replayAt > {early.ToString(System.Globalization.CultureInfo.InvariantCulture)}");

        await open.Page.EvaluateAsync("open(replayLength - 1)");

        await open.SeesAsync("finished");
        Assert.Equal("Again", await open.Page.TextContentAsync("#play"));
    }

    [Fact]
    public async Task Show_RunsOfAComparison_SideBySide()
    {
        string[] runs = [_folder.AddSample("wall-standard"), _folder.AddSample("wall-no-swap")];
        await using var open = await browser.OpenAsync(_folder.At($"run={string.Join(',', runs)}"), isDark: false);

        foreach (var run in runs)
            await open.Page.Locator($"[data-card='{run}-ladder']").WaitForAsync();
        await open.ShootAsync("stored-pair");
        await open.Page.ClickAsync("text=Replay");
        await open.Page.Locator("#replay").WaitForAsync();
    }

    [Fact]
    public async Task Reconnect_TheDashboardRestarts_ThePageGoesOn()
    {
        _folder.AddRun("20260131-142530-aaaaaaaa", 3, label: "before");
        await using var open = await browser.OpenAsync(_folder.At("live"));
        await open.SeesAsync("before");
        var port = _folder.Address.Port;

        await _folder.StopAsync();
        await open.Page.GetByText("dashboard not reachable").WaitForAsync();
        _folder.AddRun("20260131-152530-bbbbbbbb", 3, label: "after the restart");
        await _folder.StartAsync(port);

        await open.SeesAsync("after the restart");
        await open.WaitUntilAsync("document.querySelector('#connection').textContent === ''");
    }

    [LongFact]
    public async Task History_TenThousandTrialsAndManyRuns_AreShownAndSearched()
    {
        for (var i = 0; i < 300; i++)
            _folder.AddRun($"20260201-{i:000000}-cccccccc", 2, label: $"run number {i}");
        _folder.AddRun("20260202-000000-dddddddd", 10_000, label: "ten thousand");
        await using var open = await browser.OpenAsync(_folder.At("history"));

        await open.Page.GetByText("page 1 of 7, 301 runs").WaitForAsync();
        await open.Page.GetByText("10,000 of 10,000").WaitForAsync();
        await open.ShootAsync("history");
        await open.Page.FillAsync("#search input", "number 137");
        await open.Page.ClickAsync("#search button");
        await open.Page.GetByText("page 1 of 1, 1 runs").WaitForAsync();
        await open.Page.FillAsync("#search input", "ten thousand");
        await open.Page.ClickAsync("#search button");
        await open.Page.ClickAsync("#rows >> text=show");
        await open.SeesAsync("5,000 of 5,000");
    }

    [Fact]
    public async Task Show_HostileNames_AreText()
    {
        const string Id = "20260131-142530-eeeeeeee";
        _folder.AddRun(Id, 3, Hostile, Hostile);
        await using var open = await browser.OpenAsync(_folder.At($"run={Id}"));
        await open.Page.Locator($"[data-card='{Id}-header']").WaitForAsync();

        Assert.Contains("</text></svg><img", await open.ReadCardAsync(Id, "header"), StringComparison.Ordinal);
        Assert.Equal(0, await open.Page.Locator("img").CountAsync());
        await open.Page.GotoAsync(_folder.At("history").ToString());
        await open.Page.Locator("#rows tr").WaitForAsync();
        Assert.Equal(0, await open.Page.Locator("img").CountAsync());
        Assert.Equal(0, await open.Page.Locator("body script").CountAsync());
    }

    [Fact]
    public async Task Show_ARunWhoseTextsAreHostile_IsText()
    {
        var id = HostileRun.Copy(DashboardFolder.Sample("context-sweep"), _folder.Runs);
        await using var open = await browser.OpenAsync(_folder.At($"run={id}"));
        await open.Page.Locator($"[data-card='{id}-header']").WaitForAsync();

        foreach (var (place, shown) in new[] { ($"run={id}", $"[data-card='{id}-header']"), ("history", "#rows tr") })
        {
            await open.Page.GotoAsync(_folder.At(place).ToString());
            await open.Page.Locator(shown).First.WaitForAsync();
            Assert.Equal(0, await open.Page.Locator("img").CountAsync());
            Assert.Equal(0, await open.Page.Locator("body script").CountAsync());
            Assert.Equal(0, await open.Page.Locator("a[href^='javascript']").CountAsync());
            var text = await open.Page.EvaluateAsync<string>("document.body.textContent");
            Assert.DoesNotContain(text, letter => letter is not ('\n' or '\r' or '\t') && SafeText.IsUnsafe(letter));
        }
    }

    [Fact]
    public async Task Open_AnEmptyFolder_HasSamplesToReplay()
    {
        await using var open = await browser.OpenAsync(_folder.At("live"));
        await open.Page.ClickAsync("text=standard and managed side by side");

        await open.SeesAsync("managed");
        await open.Page.EvaluateAsync("open(replayLength - 1)");
        await open.SeesAsync("at the end");
        await open.ShootAsync("replay-sample");
    }

    [Fact]
    public async Task History_AnArchivedRun_IsMarked()
    {
        const string Id = "20260131-142530-ffffffff";
        _folder.AddRun(Id, 2);
        new RunStore(_folder.Runs).ChangeLabel(Id, label => label with { IsArchived = true });
        await using var open = await browser.OpenAsync(_folder.At("history"));

        await open.Page.Locator("#rows .mark").WaitForAsync();
        await open.WaitUntilAsync("document.querySelector('[data-change]').textContent === '–'");
    }

    [Fact]
    public async Task Report_ItsScript_CannotReadTheToken()
    {
        const string Id = "20260131-142530-abababab";
        _folder.AddRun(Id, 2);
        var report = Directory.CreateDirectory(Path.Combine(_folder.Runs, "reports", Id)).FullName;
        await File.WriteAllTextAsync(Path.Combine(report, "index.html"),
            "<p id=seen></p><script>seen.textContent = [location.href, document.referrer, document.URL, "
                + "performance.getEntriesByType('navigation').map(e => e.name)].join(' ')</script>",
            TestContext.Current.CancellationToken);
        await using var open = await browser.OpenAsync(_folder.At($"run={Id}"));

        var page = await open.Page.Context.RunAndWaitForPageAsync(() => open.Page.ClickAsync("text=/^Report of/"));
        var seen = await page.TextContentAsync("#seen") ?? "";

        Assert.Contains($"/report/{Id}/", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Address.Segments[1].Trim('/'), seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_NoSuchRun_SaysSo()
    {
        await using var open = await browser.OpenAsync(_folder.At("run=nosuch"));

        await open.Page.GetByText("There is no run 'nosuch'").WaitForAsync();
        Assert.DoesNotContain(Path.GetTempPath(), await open.Page.TextContentAsync("#message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Download_ARun_IsAZipThatCanBeImported()
    {
        var run = _folder.AddSample("context-sweep");
        using var client = new HttpClient();

        var links = await client.GetStringAsync(new Uri(_folder.Address, $"links/{run}"), TestContext.Current.CancellationToken);
        var bundle = JsonNode.Parse(links)!["bundle"]!.GetValue<string>();
        Assert.DoesNotContain(_folder.Address.Segments[1].Trim('/'), bundle, StringComparison.Ordinal);

        var bytes = await client.GetByteArrayAsync(new Uri(_folder.Address, bundle), TestContext.Current.CancellationToken);

        using var archive = new ZipArchive(new MemoryStream(bytes));
        Assert.Contains(archive.Entries, entry => entry.FullName == $"{run}/run.json");
        Assert.Equal(new FileInfo(Path.Combine(_folder.Runs, run, "trials.csv")).Length,
            archive.GetEntry($"{run}/trials.csv")!.Length);
    }

    private static SweepPlan CreatePlan(string system, Uri endpoint) => new()
    {
        Target = $"llama-server://{endpoint.Authority}",
        System = system,
        Contexts = [new TokenCount(40), new TokenCount(80)],
        OutputTokens = 8,
        Repetitions = 500,
        Warmups = 0,
    };
}
