using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Export.Pictures;

namespace MemoryWall.Engine.Tests.Export;

/// <summary>A browser draws without a network, and one that does not start is an error in words.</summary>
public class BrowserTests
{
    [Fact]
    public async Task DrawAsync_Browser_IsToldToUseNoNetwork()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the browser of this test is a shell script");
        using var root = new TemporaryRoot();
        var (program, seen) = (Path.Combine(root.Path, "browser"), Path.Combine(root.Path, "arguments"));
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{seen}'\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await Assert.ThrowsAsync<IOException>(() =>
            new Browser(program).DrawAsync("<svg/>", 1, 1, Path.Combine(root.Path, "x.png"), TestContext.Current.CancellationToken));

        Assert.Contains("--host-resolver-rules=MAP * ~NOTFOUND",
            await File.ReadAllLinesAsync(seen, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DrawAsync_FileThatIsNoProgram_IsNamed()
    {
        using var root = new TemporaryRoot();
        var program = Path.Combine(root.Path, "browser");
        await File.WriteAllTextAsync(program, "text", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<IOException>(() =>
            new Browser(program).DrawAsync("<svg/>", 1, 1, Path.Combine(root.Path, "x.png"), TestContext.Current.CancellationToken));

        Assert.Contains($"{program} does not start", error.Message, StringComparison.Ordinal);
    }
}
