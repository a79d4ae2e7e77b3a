namespace MemoryWall.Cli.Tests;

/// <summary><c>audit</c> of standard input that does not end.</summary>
public sealed class AuditPipeTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Audit_InputThatDoesNotEnd_EndsWithASignal(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends signals");
        using var memwall = Memwall.Start(["audit", "-"], start => start.RedirectStandardInput = true);
        // More than a pipe holds: when it is written, the program reads.
        await memwall.Input.WriteAsync(new string(' ', 1 << 20));
        await memwall.Input.FlushAsync(TestContext.Current.CancellationToken);
        ProcessTree.Signal(signal, memwall.Id);

        Assert.Equal(130, await memwall.ExitAsync());
    }
}
