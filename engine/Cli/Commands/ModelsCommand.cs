using System.ComponentModel;
using System.Globalization;
using MemoryWall.Core.Units;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Http;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall models</c>.</summary>
internal sealed class ModelsOptions : CommandSettings
{
    [CommandArgument(0, "[FOLDER]")]
    [Description("A folder with GGUF files of yours to look into")]
    public string? Folder { get; init; }

    [CommandOption("-t|--target <TARGET>")]
    [Description("Also ask this target what it has, for example ollama://localhost:11434")]
    public string? Target { get; init; }
}

/// <summary><c>memwall models</c>: synthetic presets, GGUF files here and in the cache, the target's own.</summary>
internal sealed class ModelsCommand : AsyncCommand<ModelsOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ModelsOptions options, CancellationToken cancellationToken)
    {
        WritePresets();
        WriteFiles("in the cache", SyntheticModelCache.List().Select(model => model.Path));
        if (options.Folder is { } folder)
        {
            if (!Directory.Exists(folder))
                throw new FormatException($"there is no folder '{folder}'");
            WriteFiles($"in {folder}", Directory.EnumerateFiles(folder, "*.gguf").Order(StringComparer.Ordinal));
        }
        if (options.Target is { } target)
            await WriteTargetModelsAsync(target, cancellationToken).ConfigureAwait(false);
        return ExitCodes.Success;
    }

    private static void WritePresets()
    {
        var table = new Table().Border(TableBorder.Simple).Title("synthetic presets: --target embedded:NAME")
            .AddColumns("name", "layers", "width", "heads", "KV heads", "vocabulary", "weights", "KV at f16");
        foreach (var shape in SyntheticSpec.Presets)
            table.AddRow(
                shape.Name, FormatNumber(shape.Layers), FormatNumber(shape.Embedding), FormatNumber(shape.Heads),
                FormatNumber(shape.KvHeads), FormatNumber(shape.Vocabulary), shape.Weights.ToString(),
                $"{new ByteSize(2L * 2 * shape.Layers * shape.KvHeads * shape.HeadWidth)} a token");
        Terminal.Out.Write(table);
    }

    private static void WriteFiles(string where, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            string what;
            try
            {
                var shape = ModelShapeReader.Read(ModelMetadata.FromFile(path));
                what = string.Create(CultureInfo.InvariantCulture,
                    $"{shape.Architecture}, {shape.Layers.Count} layers, {shape.ParameterCount / 1e6:#,0.#}M parameters, trained for {shape.TrainedContextTokens?.ToString("#,0", CultureInfo.InvariantCulture) ?? "?"} tokens");
            }
            catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException)
            {
                what = $"cannot be read: {error.Message}";
            }
            Terminal.Out.WriteLine($"{where}: {path} ({what})");
        }
    }

    private static async Task WriteTargetModelsAsync(string target, CancellationToken cancellation)
    {
        // The address of a server is enough here: a model that it should end with is what is asked for.
        var text = target.StartsWith("ollama", StringComparison.OrdinalIgnoreCase)
            && !target[(target.IndexOf("://", StringComparison.Ordinal) + 3)..].Contains('/') ? target + "/-" : target;
        if (!TargetAddress.TryParse(text, new ConnectionOptions(), out var address, out var wrong))
            throw new FormatException($"--target: {wrong}");
        var models = await TargetModels.ListAsync(address.Endpoint, new ConnectionOptions(), cancellation).ConfigureAwait(false);
        if (models is null)
            Terminal.Error.WriteLine($"--target: '{target}' tells no models");
        foreach (var model in models ?? [])
            Terminal.Out.WriteLine($"at {target}: {model}");
    }

    private static string FormatNumber(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
