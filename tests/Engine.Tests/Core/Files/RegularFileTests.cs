using System.Diagnostics;
using MemoryWall.Core.Files;
using MemoryWall.Engine.Tests.Runs;

namespace MemoryWall.Engine.Tests.Core.Files;

/// <summary>Files of folders that somebody else has filled.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    public static TheoryData<FileMode> WritingModes => [FileMode.OpenOrCreate, FileMode.Create, FileMode.Append, FileMode.Truncate];

    [Theory]
    [MemberData(nameof(WritingModes))]
    public void Open_LinkToAFileElsewhere_IsRefusedAndTheFileStays(FileMode mode)
    {
        var victim = Write("victim", "mine\n");
        var link = Path.Combine(_root.Path, "link");
        File.CreateSymbolicLink(link, victim);

        Assert.Contains("is a link", Assert.Throws<IOException>(() => Open(link, mode)).Message, StringComparison.Ordinal);

        Assert.Equal("mine\n", File.ReadAllText(victim));
    }

    [Theory]
    [MemberData(nameof(WritingModes))]
    public void Open_LinkToNothing_MakesNoFileThere(FileMode mode)
    {
        var target = Path.Combine(_root.Path, "new");
        var link = Path.Combine(_root.Path, "link");
        File.CreateSymbolicLink(link, target);

        Assert.Throws<IOException>(() => Open(link, mode));

        Assert.False(File.Exists(target));
    }

    [Fact]
    public void Open_FileWithASecondName_IsReadButNotWritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the number of names is read on Linux");
        var victim = Write("victim", "mine\n");
        var other = Path.Combine(_root.Path, "other");
        Assert.Equal(0, Run("ln", victim, other));

        using (var file = RegularFile.OpenRead(other))
            Assert.Equal(5, file.Length);
        Assert.Contains("another name", Assert.Throws<IOException>(() => Open(other, FileMode.Append)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenRead_PipeFolderOrDevice_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kinds of files of Linux");
        var pipe = Path.Combine(_root.Path, "pipe");
        Assert.Equal(0, Run("mkfifo", pipe));

        // A wait for the pipe's other end would never end.
        var refusal = await Assert.ThrowsAsync<IOException>(() => Task.Run(() => RegularFile.OpenRead(pipe),
            TestContext.Current.CancellationToken).WaitAsync(TestedProgram.Patience, TestContext.Current.CancellationToken));
        Assert.Contains("pipe", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("device", Assert.Throws<IOException>(() => RegularFile.OpenRead("/dev/zero")).Message, StringComparison.Ordinal);
        Assert.Contains("folder", Assert.Throws<IOException>(() => RegularFile.OpenRead(_root.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NewFile_IsCreatedAndLocked()
    {
        var path = Path.Combine(_root.Path, "new");
        using var held = RegularFile.Open(path,
            new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None });

        Assert.Throws<IOException>(() => RegularFile.OpenRead(path));
    }

    [Fact]
    public void Open_Modes_DoWhatTheirNamesSay()
    {
        var path = Write("file", "abc");
        using (var file = Open(path, FileMode.Append))
            file.Write("d"u8);
        Assert.Equal("abcd", File.ReadAllText(path));
        Open(path, FileMode.Create).Dispose();
        Assert.Equal("", File.ReadAllText(path));
        Assert.Throws<IOException>(() => Open(path, FileMode.CreateNew));
        Assert.Throws<FileNotFoundException>(() => Open(path + "x", FileMode.Open));
    }

    [Fact]
    public void OpenNamed_Link_IsFollowedSinceTheUserNamedIt()
    {
        var link = Path.Combine(_root.Path, "link");
        File.CreateSymbolicLink(link, Write("file", "abc"));

        using var file = RegularFile.OpenNamed(link);

        Assert.Equal(3, file.Length);
    }

    [Fact]
    public void ReadAllBytes_SparseFileOfATerabyte_IsRefused()
    {
        var path = Write("large", "");
        using (var file = File.OpenWrite(path))
            file.SetLength(1L << 40);

        Assert.Contains("larger than 16 MiB", Assert.Throws<IOException>(() => RegularFile.ReadAllBytes(path, 16 << 20)).Message,
            StringComparison.Ordinal);
    }

    private static FileStream Open(string path, FileMode mode) =>
        RegularFile.Open(path, new FileStreamOptions { Mode = mode, Access = FileAccess.Write });

    private string Write(string name, string text)
    {
        var path = Path.Combine(_root.Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
