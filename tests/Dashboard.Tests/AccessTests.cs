using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;

namespace MemoryWall.Dashboard.Tests;

/// <summary>Who may use the dashboard: its own page with its token, and nobody else.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-access-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private DashboardServer _server = null!;

    private string Origin => _server.Address.GetLeftPart(UriPartial.Authority);

    public async ValueTask InitializeAsync() =>
        _server = await DashboardServer.StartAsync(new DashboardOptions { RunsFolder = _runs, Token = DashboardToken.New() },
            TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_runs, recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("events")]
    [InlineData("history")]
    [InlineData("started")]
    [InlineData("bundle/x")]
    [InlineData("report/x")]
    public async Task Get_WithoutOrWithWrongToken_IsRefused(string path)
    {
        Assert.Equal(HttpStatusCode.Forbidden, await GetStatusAsync($"{Origin}/{path}"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetStatusAsync($"{Origin}/{DashboardToken.New()}/{path}"));
    }

    [Fact]
    public async Task Get_Page_IsServedWithAPolicyThatAllowsNothingFromOutside()
    {
        using var answer = await _client.GetAsync(_server.Address, TestContext.Current.CancellationToken);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.DoesNotContain("http:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_AStartThatIsRefused_IsAnAnswer()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, "start"))
        {
            Content = JsonContent.Create(new { command = "/home/ana/nosuch" }),
        };
        request.Headers.Add("Origin", Origin);

        using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("nosuch", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ana", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    public async Task Get_ForeignHost_IsRefused(string host) =>
        Assert.Equal(HttpStatusCode.Forbidden, await GetStatusAsync(_server.Address.ToString(), request => request.Headers.Host = host));

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    public async Task Get_ForeignOrigin_IsRefused(string origin) =>
        Assert.Equal(HttpStatusCode.Forbidden,
            await GetStatusAsync(_server.Address.ToString(), request => request.Headers.Add("Origin", origin)));

    [Theory]
    [InlineData(null, true, HttpStatusCode.Forbidden)]
    [InlineData("http://evil.example", true, HttpStatusCode.Forbidden)]
    [InlineData("own", false, HttpStatusCode.Forbidden)]
    [InlineData("own", true, HttpStatusCode.OK)]
    public async Task Post_OnlyOwnPageWithJson_IsAccepted(string? origin, bool isJson, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, "command"))
        {
            Content = isJson ? JsonContent.Create(new { command = "sweep" }) : new StringContent("{\"command\":\"sweep\"}"),
        };
        if (origin is not null)
            request.Headers.Add("Origin", origin == "own" ? Origin : origin);

        using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("bundle/..%2f..%2fetc")]
    [InlineData("report/..%2f..%2fetc%2fpasswd")]
    [InlineData("bundle/nosuch")]
    public async Task Get_NoRun_IsNotFound(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, await GetStatusAsync(_server.Address + path));

    [Theory]
    [InlineData("bundle/nosuch")]
    [InlineData("report/nosuch")]
    public async Task Get_ATicketOfAnotherThing_IsRefused(string path)
    {
        var tickets = new Http.PageTickets(_server.Address.Segments[1].Trim('/'));
        var parts = path.Split('/');
        Assert.Equal(HttpStatusCode.NotFound, await GetStatusAsync(Origin + tickets.CreatePath(parts[0], parts[1])));

        var ticket = tickets.CreatePath(parts[0], parts[1]).Split('/')[^1];
        Assert.Equal(HttpStatusCode.Forbidden, await GetStatusAsync($"{Origin}/{parts[0]}/other/{ticket}"));
        Assert.Equal(HttpStatusCode.Forbidden,
            await GetStatusAsync($"{Origin}/{(parts[0] == "report" ? "bundle" : "report")}/{parts[1]}/{ticket}"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetStatusAsync($"{Origin}/events/{parts[1]}/{ticket}"));
    }

    [Fact]
    public void ReadOrCreate_NoFolderOfTheUser_StoresNothing() =>
        Assert.NotEqual(DashboardToken.ReadOrCreate(""), DashboardToken.ReadOrCreate(""));

    [Fact]
    public void ReadOrCreate_FileOfAnotherUserOrALink_IsReplaced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can give a file to another user");
        var path = Path.Combine(_runs, "memwall", "dashboard-token");
        var token = DashboardToken.ReadOrCreate(_runs);
        Assert.Equal(token, DashboardToken.ReadOrCreate(_runs));
        using (var chown = Process.Start("chown", ["65534", path]))
            chown.WaitForExit();

        var own = DashboardToken.ReadOrCreate(_runs);

        Assert.NotEqual(token, own);
        File.Move(path, path + "2");
        File.CreateSymbolicLink(path, path + "2");
        Assert.NotEqual(own, DashboardToken.ReadOrCreate(_runs));
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Equal(own, File.ReadAllText(path + "2"));
    }

    [Fact]
    public void Address_IsLoopback() => Assert.True(_server.Address.IsLoopback);

    private async Task<HttpStatusCode> GetStatusAsync(string address, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        change?.Invoke(request);
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
