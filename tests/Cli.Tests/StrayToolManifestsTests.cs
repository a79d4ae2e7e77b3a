using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MemoryWall.Cli.Tests;

/// <summary>What the SDK 10 leaves in the storage folder of VS Code's notebook extension, and what the doctor says about it.</summary>
public sealed partial class StrayToolManifestsTests : IDisposable
{
    private readonly RunsFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Doctor_ManifestWhereTheExtensionDoesNotLook_NamesTheCure_WhichCures()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the folders are those of Linux");
        var storage = Directory.CreateDirectory(Path.Combine(_home.Path, ".config", "Code", "User", "globalStorage",
            "ms-dotnettools.dotnet-interactive-vscode")).FullName;
        var manifest = Path.Combine(storage, "dotnet-tools.json");
        await File.WriteAllTextAsync(manifest, "{}");
        Assert.Matches("missing VS Code notebooks.*the extension does not look for it.*Move the file into a folder .config",
            await DoctorAsync());
        Directory.CreateDirectory(Path.Combine(storage, ".config"));
        File.Move(manifest, Path.Combine(storage, ".config", "dotnet-tools.json"));
        Assert.Matches("ok VS Code notebooks", await DoctorAsync());
    }

    // A manifest that the SDK wrote into the checkout must not be committed, and the checkout's own is where tools look for it.
    [Fact]
    public void Checkout_PinsTheTool_AndIgnoresAStrayManifest()
    {
        var checkout = MemoryWall.Runs.Checkout.Find()!;
        var pinned = JsonNode.Parse(File.ReadAllText(Path.Combine(checkout, ".config", "dotnet-tools.json")))!;
        Assert.True((bool)pinned["isRoot"]!);
        Assert.NotNull(pinned["tools"]!["microsoft.dotnet-interactive"]!["version"]);
        var ignored = File.ReadAllLines(Path.Combine(checkout, ".gitignore"));
        Assert.Contains("/dotnet-tools.json", ignored);
        Assert.Contains("/notebooks/dotnet-tools.json", ignored);
    }

    private async Task<string> DoctorAsync()
    {
        using var doctor = Memwall.Start(["doctor"], start =>
        {
            foreach (var name in new[] { "XDG_CONFIG_HOME", "XDG_DATA_HOME" })
                start.Environment.Remove(name);
            start.Environment["HOME"] = _home.Path;
            start.Environment["MEMWALL_CACHE"] = Path.Combine(_home.Path, "cache");
        });
        await doctor.ExitAsync();
        Assert.Equal(0, doctor.ExitCode);
        return Spaces().Replace(doctor.Output, " ");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
