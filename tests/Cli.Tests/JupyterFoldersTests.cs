using MemoryWall.Cli.Jupyter;

namespace MemoryWall.Cli.Tests;

public sealed class JupyterFoldersTests
{
    private static string Kernels(string platform, params (string Name, string Value)[] variables) =>
        JupyterFolders.GetKernelsFolder(Enum.Parse<JupyterPlatform>(platform),
            name => variables.FirstOrDefault(variable => variable.Name == name).Value, Path.GetFullPath("/home/u"));

    [Theory]
    [InlineData("Linux", "/home/u/.local/share/jupyter/kernels")]
    [InlineData("MacOs", "/home/u/Library/Jupyter/kernels")]
    [InlineData("Windows", "/home/u/AppData/Roaming/jupyter/kernels")]
    public void Kernels_WithoutVariables_AreWhereJupyterLooks(string platform, string folder) =>
        Assert.Equal(Path.GetFullPath(folder), Kernels(platform));

    [Fact]
    public void Kernels_Variables_AreHeeded()
    {
        Assert.Equal(Path.GetFullPath("/x/jupyter/kernels"), Kernels("Linux", ("XDG_DATA_HOME", "/x")));
        Assert.Equal(Path.GetFullPath("/a/jupyter/kernels"), Kernels("Windows", ("APPDATA", "/a")));
        Assert.All(Enum.GetNames<JupyterPlatform>(),
            platform => Assert.Equal(Path.GetFullPath("/j/kernels"),
                Kernels(platform, ("JUPYTER_DATA_DIR", "/j"), ("XDG_DATA_HOME", "/x"), ("APPDATA", "/a"))));
        Assert.Equal(Path.GetFullPath("/home/u/.local/share/jupyter/kernels"), Kernels("Linux", ("JUPYTER_DATA_DIR", "")));
    }
}
