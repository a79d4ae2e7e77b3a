using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Cli.Host;

namespace MemoryWall.Cli.Jupyter;

/// <summary>The .NET Interactive tool in the version that <c>.config/dotnet-tools.json</c> of the checkout pins.</summary>
/// <param name="Checkout">The folder above <c>.config</c>.</param>
/// <param name="Version">The pinned version.</param>
internal sealed record DotnetInteractiveTool(string Checkout, string Version)
{
    private const string Package = "microsoft.dotnet-interactive";
    private const string Library = "Microsoft.DotNet.Interactive.App.dll";

    /// <summary>The tool as pinned in the checkout around the current folder or this program.</summary>
    /// <exception cref="KernelException">There is none.</exception>
    public static DotnetInteractiveTool Find() =>
        FindAbove(Directory.GetCurrentDirectory()) ?? FindAbove(AppContext.BaseDirectory)
        ?? throw new KernelException(
            $"no .config/dotnet-tools.json above this folder or this program names {Package}; run this in the MemoryWall checkout");

    /// <summary>The tool's library in the NuGet packages folder. Runs <c>dotnet tool restore</c> if it is not there yet.</summary>
    /// <exception cref="KernelException">It could not be fetched.</exception>
    public async Task<string> EnsureLibraryAsync(TextWriter progress, CancellationToken cancellation)
    {
        var folder = Path.Combine(await GetPackagesFolderAsync(cancellation).ConfigureAwait(false), Package, Version, "tools");
        if (FindLibrary(folder) is { } there)
            return there;
        progress.WriteLine($"fetching {Package} {Version} (dotnet tool restore)");
        var (code, output) = await RunDotnetAsync(["tool", "restore"], cancellation).ConfigureAwait(false);
        if (code != 0)
            throw new KernelException(
                $"dotnet tool restore failed with exit code {code}; the first time it needs the network:\n{output.Trim()}");
        return FindLibrary(folder) ?? throw new KernelException($"dotnet tool restore succeeded, but {Library} is not in '{folder}'");
    }

    private static string? FindLibrary(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, Library, SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault()
            : null;

    private async Task<string> GetPackagesFolderAsync(CancellationToken cancellation)
    {
        const string Label = "global-packages:";
        var (code, output) = await RunDotnetAsync(["nuget", "locals", "global-packages", "--list", "--force-english-output"], cancellation)
            .ConfigureAwait(false);
        var line = output.Split('\n').FirstOrDefault(line => line.Contains(Label, StringComparison.Ordinal));
        if (code == 0 && line is not null)
            return line[(line.IndexOf(Label, StringComparison.Ordinal) + Label.Length)..].Trim();
        throw new KernelException($"dotnet nuget locals does not report the packages folder:\n{output.Trim()}");
    }

    private async Task<(int Code, string Output)> RunDotnetAsync(string[] arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(DotnetHost.Program, arguments)
        {
            WorkingDirectory = Checkout,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        try
        {
            using var process = Process.Start(start) ?? throw new KernelException($"'{start.FileName}' did not start");
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            return (process.ExitCode, await output.ConfigureAwait(false) + await error.ConfigureAwait(false));
        }
        catch (Win32Exception error)
        {
            throw new KernelException($"'{start.FileName}' could not be started: {error.Message}; install the .NET SDK");
        }
    }

    private static DotnetInteractiveTool? FindAbove(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            if (ReadPinnedVersion(Path.Combine(folder.FullName, ".config", "dotnet-tools.json")) is { } version)
                return new(folder.FullName, version);
        return null;
    }

    private static string? ReadPinnedVersion(string manifest)
    {
        try
        {
            if (!File.Exists(manifest))
                return null;
            var version = JsonNode.Parse(File.ReadAllText(manifest)) is JsonObject root && root["tools"] is JsonObject tools
                && tools[Package] is JsonObject tool ? tool["version"] : null;
            // The version becomes part of a path.
            return version is JsonValue value && value.TryGetValue<string>(out var text)
                && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-')
                && char.IsAsciiDigit(text.FirstOrDefault()) ? text : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
