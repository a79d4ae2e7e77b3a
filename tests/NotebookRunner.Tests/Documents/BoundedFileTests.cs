using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Tests.Documents;

public sealed class BoundedFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Replace_FileBehindALink_ChangesItAndKeepsLinkAndRights()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs Unix file permissions");
            return;
        }
        var file = _folder.Write("real", "old");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(_folder.File("link"), file);

        BoundedFile.ReplaceAtomically(_folder.File("link"), "new");

        Assert.Equal("new", File.ReadAllText(file));
        Assert.NotNull(new FileInfo(_folder.File("link")).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void Replace_FolderInItsPlace_SaysSoAndLeavesNothing()
    {
        Directory.CreateDirectory(_folder.File("taken"));
        Assert.Throws<NotebookException>(() => BoundedFile.ReplaceAtomically(_folder.File("taken"), "x"));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Read_Pipe_IsRefusedInsteadOfWaitingForAWriter()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in folders");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [_folder.File("pipe")]))
            made.WaitForExit();
        Assert.Contains("is a pipe", Assert.Throws<NotebookException>(() => BoundedFile.Read(_folder.File("pipe"), 4)).Message);
    }

    [Fact]
    public void Read_LargerThanAllowed_IsRefused()
    {
        var file = _folder.Write("large", "12345");
        Assert.Contains("the limit is 4", Assert.Throws<NotebookException>(() => BoundedFile.Read(file, 4)).Message);
        Assert.Equal(5, BoundedFile.Read(file, 5).Length);
    }
}
