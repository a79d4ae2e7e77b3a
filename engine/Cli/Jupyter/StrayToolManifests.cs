namespace MemoryWall.Cli.Jupyter;

/// <summary>
/// Tool manifests in the wrong place. VS Code's extension for .NET notebooks calls <c>dotnet new tool-manifest</c> in its storage folder
/// and looks for the file in <c>.config/</c>. The SDK 10 writes it into the folder itself, so the extension works once, and afterwards
/// fails because the file already exists (dotnet/interactive#4154).
/// </summary>
internal static class StrayToolManifests
{
    private const string Manifest = "dotnet-tools.json";
    private const string Extension = "ms-dotnettools.dotnet-interactive-vscode";
    private static readonly string[] s_editors = ["Code", "Code - Insiders", "VSCodium"];

    /// <summary>Whether the extension was used in an editor of this user.</summary>
    public static bool HasExtension => ExtensionFolders().Any();

    /// <summary>The manifests because of which the extension fails.</summary>
    public static IReadOnlyList<string> InExtension() =>
        [.. ExtensionFolders().Where(folder => !File.Exists(Path.Combine(folder, ".config", Manifest)))
            .Select(folder => Path.Combine(folder, Manifest)).Where(File.Exists)];

    /// <summary>The manifests in a checkout beside the one in <c>.config/</c>, which pins the version of the tool.</summary>
    public static IReadOnlyList<string> InCheckout(string checkout) =>
        [.. new[] { Path.Combine(checkout, Manifest), Path.Combine(checkout, "notebooks", Manifest) }.Where(File.Exists)];

    private static IEnumerable<string> ExtensionFolders()
    {
        var (settings, home, data) = (Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData),
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData));
        return s_editors.Select(editor => Path.Combine(settings, editor))
            .Append(Path.Combine(home, ".vscode-server", "data")).Append(Path.Combine(data, "code-server"))
            .Select(editor => Path.Combine(editor, "User", "globalStorage", Extension)).Where(Directory.Exists);
    }
}
