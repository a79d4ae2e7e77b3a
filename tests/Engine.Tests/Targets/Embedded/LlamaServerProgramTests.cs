using MemoryWall.Targets.Embedded;

namespace MemoryWall.Engine.Tests.Targets.Embedded;

/// <summary>Where a library finds its embedded server: beside itself, and in a NuGet package.</summary>
public sealed class LlamaServerProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("memwall-server-program-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string Create(params string[] names) => _folder.CreateSubdirectory(Path.Combine(names)).FullName;

    [Fact]
    public void FindBeside_ALibraryInAPackage_IsTheServerOfThisPlatform()
    {
        var library = Create("package", "lib", "net10.0");
        Create("package", "runtimes", "other-x64", "llama-server");
        Assert.Equal(Path.Combine(library, "llama-server"), LlamaServerProgram.FindBeside(library));

        var server = Create("package", "runtimes", LlamaServerProgram.Platform, "llama-server");

        Assert.Equal(server, LlamaServerProgram.FindBeside(library));
    }

    [Fact]
    public void FindBeside_AServerInItsOwnFolder_IsPreferred()
    {
        var library = Create("program", "lib", "net10.0");
        Create("program", "runtimes", LlamaServerProgram.Platform, "llama-server");

        var server = Create("program", "lib", "net10.0", "llama-server");

        Assert.Equal(server, LlamaServerProgram.FindBeside(library));
    }
}
