using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Models;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Tables;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Http;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall models</c>.</summary>
internal sealed class ModelsOptions : CommandSettings
{
    [CommandArgument(0, "[FOLDER]")]
    [Description("A folder whose GGUF files are listed too")]
    public string? Folder { get; init; }

    [CommandOption("-t|--target <TARGET>")]
    [Description("A server whose models are listed too, for example ollama://localhost:11434")]
    public string? Target { get; init; }
}

/// <summary><c>memwall models</c>: lists synthetic presets, models that can be forecast by name, cached GGUF files, and those of a
/// folder or a server.</summary>
internal sealed class ModelsCommand : AsyncCommand<ModelsOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ModelsOptions options, CancellationToken cancellationToken)
    {
        WritePresets();
        WriteFiles("in the cache", SyntheticModelCache.List().Select(model => model.Path));
        if (options.Folder is { } folder)
        {
            if (!Directory.Exists(folder))
                throw new FormatException($"FOLDER: there is no folder '{folder}'");
            WriteFiles($"in {folder}", Directory.EnumerateFiles(folder, "*.gguf").Order(StringComparer.Ordinal));
        }
        if (options.Target is { } target)
            return await WriteTargetModelsAsync(target, cancellationToken).ConfigureAwait(false);
        return ExitCodes.Success;
    }

    private static void WritePresets()
    {
        Terminal.Out.WriteLine("Synthetic presets, as --target embedded:NAME:");
        TerminalTable.Write(Terminal.Out, ModelTable.CreatePresets());
        Terminal.Out.WriteLine("Well-known models, as forecast --model NAME:");
        Terminal.Out.Write(new Padder(new Text(string.Join(", ", KnownModels.Names)), new Padding(2, 0, 0, 1)));
    }

    private static void WriteFiles(string where, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            string what;
            try
            {
                var shape = ModelShapeReader.Read(ModelMetadata.FromFile(path));
                var trained = shape.TrainedContextTokens is { } tokens ? $", trained for {NumberFormat.Tokens(tokens)} tokens" : "";
                var parameters = shape.ParameterCount is { } count ? $", {NumberFormat.Parameters(count)}" : "";
                what = $"{shape.Architecture}, {WordFormat.Count(shape.Layers.Count, "layer")}{parameters}{trained}";
            }
            catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException)
            {
                what = $"cannot be read: {error.Message}";
            }
            Terminal.Out.WriteLine($"{where}: {path} ({what})");
        }
    }

    private static async Task<int> WriteTargetModelsAsync(string target, CancellationToken cancellation)
    {
        // An Ollama address must end with a model; any will do to list them all.
        var text = target.StartsWith("ollama", StringComparison.OrdinalIgnoreCase)
            && !target[(target.IndexOf("://", StringComparison.Ordinal) + 3)..].Contains('/') ? target + "/-" : target;
        if (!TargetAddress.TryParse(text, new ConnectionOptions(), out var address, out var wrong))
            throw new FormatException($"--target: {wrong}");
        var models = await TargetModels.ListAsync(address.Protocol,
            new TargetSetup { Endpoint = address.Endpoint, Model = address.Model }, cancellation).ConfigureAwait(false);
        if (models is null)
        {
            var problem = await FindProblemAsync(address, cancellation).ConfigureAwait(false);
            Terminal.Error.WriteLine($"--target: {problem?.Detail ?? $"'{target}' does not list its models"}");
            return ExitCodes.Preflight;
        }
        foreach (var model in models)
            Terminal.Out.WriteLine($"at {target}: {model}");
        return ExitCodes.Success;
    }

    // The same reasons as those of a sweep.
    private static async Task<Outcome?> FindProblemAsync(TargetAddress address, CancellationToken cancellation)
    {
        var setup = new TargetSetup { Endpoint = address.Endpoint, Model = address.Model };
        var (server, problem) = await TargetDetector.OpenAsync(address.Protocol, setup, RunClock.Start(), cancellation)
            .ConfigureAwait(false);
        if (server is null)
            return problem;
        await using (server.ConfigureAwait(false))
            return (await server.ProbeAsync(cancellation).ConfigureAwait(false)).Problem;
    }
}
