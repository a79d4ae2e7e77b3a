using System.Diagnostics;
using System.Net;

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

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", ["exec", DashboardFolder.Memwall, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
