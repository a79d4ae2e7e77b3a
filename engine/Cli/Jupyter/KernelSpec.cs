using System.Reflection;
using System.Security;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Jupyter;

/// <summary>A Jupyter kernel: a folder with a <c>kernel.json</c>.</summary>
/// <param name="Folder">The folder, which has the kernel's name.</param>
internal sealed record KernelSpec(string Folder)
{
    /// <summary>The kernel name in the notebooks. It is also the name of .NET Interactive's own kernel, so both can run them.</summary>
    public const string Name = ".net-csharp";

    private const string MetadataKey = "memwall";
    private const int MaxBytes = 1 << 20;

    private static readonly JsonSerializerOptions s_writeOptions = new() { WriteIndented = true, NewLine = "\n" };

    public string FilePath => Path.Combine(Folder, "kernel.json");

    /// <summary>Whether the kernel is installed.</summary>
    public bool Exists => System.IO.File.Exists(FilePath);

    /// <summary>Whether memwall wrote it.</summary>
    public bool IsWrittenByMemwall => ReadSpec()?["metadata"] is JsonObject metadata && metadata[MetadataKey] is not null;

    /// <summary>The name in menus; null where it cannot be read.</summary>
    public string? DisplayName => Text(ReadSpec()?["display_name"]);

    /// <summary>The kernel's program; null where it cannot be read.</summary>
    public string? Program => ReadSpec()?["argv"] is JsonArray { Count: > 1 } arguments ? Text(arguments[1]) : null;

    /// <summary>Writes a kernel that runs this program and listens on loopback only.</summary>
    /// <exception cref="KernelException">It cannot be written.</exception>
    public void Write(string dotnet, string program)
    {
        var version = typeof(KernelSpec).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown";
        var spec = new JsonObject
        {
            // Without --http-local-only the kernel listens on all interfaces and writes the machine's addresses into the notebook.
            ["argv"] = new JsonArray(dotnet, program, "jupyter", "--default-kernel", "csharp", "{connection_file}", "--http-local-only"),
            ["display_name"] = ".NET (C#)",
            ["language"] = "C#",
            ["env"] = new JsonObject
            {
                ["DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT"] = "1",
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            },
            ["metadata"] = new JsonObject { [MetadataKey] = new JsonObject { ["version"] = version } },
        };
        try
        {
            Directory.CreateDirectory(Folder);
            System.IO.File.WriteAllText(FilePath, spec.ToJsonString(s_writeOptions) + "\n");
        }
        catch (Exception error) when (IsFileError(error))
        {
            throw new KernelException($"'{FilePath}' cannot be written: {error.Message}");
        }
    }

    /// <summary>Removes the kernel, and its folder if it is empty then.</summary>
    /// <exception cref="KernelException">It cannot be removed.</exception>
    public void Remove()
    {
        try
        {
            System.IO.File.Delete(FilePath);
            if (!Directory.EnumerateFileSystemEntries(Folder).Any())
                Directory.Delete(Folder);
        }
        catch (Exception error) when (IsFileError(error))
        {
            throw new KernelException($"'{FilePath}' cannot be removed: {error.Message}");
        }
    }

    private JsonObject? ReadSpec()
    {
        try
        {
            var info = new FileInfo(FilePath);
            return info.Exists && info.Length <= MaxBytes
                ? JsonNode.Parse(System.IO.File.ReadAllText(FilePath),
                    documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                : null;
        }
        catch (Exception error) when (error is JsonException || IsFileError(error))
        {
            return null;
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool IsFileError(Exception error) =>
        error is IOException or UnauthorizedAccessException or SecurityException or NotSupportedException;
}
