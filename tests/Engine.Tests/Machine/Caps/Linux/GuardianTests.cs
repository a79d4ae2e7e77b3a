using System.Diagnostics;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Engine.Tests.Machine.Caps.Linux;

/// <summary>The shell that cleans up after a killed process, where the system does not turn a swap file off.</summary>
public sealed class GuardianTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("plain.swap", true)]
    [InlineData("with blank.swap", true)]
    [InlineData("a\\b and\ttab.swap", true)]
    [InlineData("plain.swap", false)]
    [InlineData("with blank.swap", false)]
    public async Task Script_SwapoffFails_DeletesTheFileOnlyWhereItIsNotInUse(string name, bool isInUse)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the guardian is a shell of Linux");
        var file = Path.Combine(_root.Path, name);
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        var table = Path.Combine(_root.Path, "swaps");
        // As the kernel writes it; a longer path that begins like the file's is another file.
        var listed = (isInUse ? file : file + "2").Replace("\\", "\\134", StringComparison.Ordinal)
            .Replace(" ", "\\040", StringComparison.Ordinal).Replace("\t", "\\011", StringComparison.Ordinal);
        await File.WriteAllTextAsync(table, $"Filename\tType\tSize\tUsed\tPriority\n{listed}\tfile\t8188\t0\t-2\n",
            TestContext.Current.CancellationToken);

        var script = CleanupWatchdog.Script.Replace("/proc/swaps", $"'{table}'", StringComparison.Ordinal);
        var start = new ProcessStartInfo("/bin/sh", ["-c", script, "memwall-guardian"])
        { RedirectStandardInput = true };
        using var shell = Process.Start(start)!;
        await shell.StandardInput.WriteAsync(file + "\n");
        shell.StandardInput.Close();
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(isInUse, File.Exists(file));
    }

    [Fact]
    public void SwapTable_EscapedPath_IsReadAsItIs()
    {
        var proc = Directory.CreateDirectory(Path.Combine(_root.Path, "proc")).FullName;
        File.WriteAllText(Path.Combine(proc, "swaps"), "Filename Type Size Used Priority\n/a\\040b\\011c\\134d file 8188 0 -2\n");

        Assert.Equal(["/a b\tc\\d"], SwapTable.Read(LinuxRoot.FromFolder(_root.Path)).Select(swap => swap.Path));
    }
}
