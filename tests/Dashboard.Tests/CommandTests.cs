using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace MemoryWall.Dashboard.Tests;

/// <summary>The command <c>memwall dashboard</c>.</summary>
public class CommandTests
{
    [Fact]
    public async Task Dashboard_PrintsItsAddress_AndEndsWithASignal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal");
        var cancellation = TestContext.Current.CancellationToken;
        await using var folder = new DashboardFolder();
        using var process = Start("dashboard", "--runs", folder.Runs);
        var address = await process.StandardOutput.ReadLineAsync(cancellation);
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri(address!), cancellation);
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, process.ExitCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(address!), cancellation));
    }

    [Fact]
    public async Task Dashboard_AnAddressInTheEnvironment_IsNoSettingOfIt()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var other = FindFreePort();
        await using var folder = new DashboardFolder();
        var start = CreateStart("dashboard", "--runs", folder.Runs);
        start.Environment["Kestrel__Endpoints__Other__Url"] = FormattableString.Invariant($"http://127.0.0.1:{other}");
        using var process = Process.Start(start)!;
        try
        {
            var address = await process.StandardOutput.ReadLineAsync(cancellation);
            using var client = new HttpClient();
            using var answer = await client.GetAsync(new Uri(address!), cancellation);
            using var socket = new TcpClient();

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await Assert.ThrowsAsync<SocketException>(async () => await socket.ConnectAsync(IPAddress.Loopback, other, cancellation));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(cancellation);
        }
    }

    [Theory]
    [InlineData(2, "--port: 70000 is not a port from 0 to 65535", "--port", "70000")]
    [InlineData(5, "There is no run 'nosuch'", "--run", "nosuch")]
    public async Task Dashboard_WrongOptions_AreErrorsOfTheCommandLine(int code, string words, params string[] options)
    {
        await using var folder = new DashboardFolder();
        using var process = Start(["dashboard", "--runs", folder.Runs, .. options]);

        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Equal(code, process.ExitCode);
    }

    private static Process Start(params string[] arguments) => Process.Start(CreateStart(arguments))!;

    private static ProcessStartInfo CreateStart(params string[] arguments) =>
        new("dotnet", ["exec", DashboardFolder.Memwall, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
