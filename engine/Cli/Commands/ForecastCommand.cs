using System.Text.Json;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Models;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Paged;
using MemoryWall.Runs.Json;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall forecast</c>: predicts the memory of each context, and the memory wall within a budget.</summary>
internal sealed class ForecastCommand : AsyncCommand<ForecastOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ForecastOptions options, CancellationToken cancellationToken)
    {
        var isFolder = Directory.Exists(options.Model) && CheckpointReader.IsCheckpoint(options.Model);
        if (options.FindPagedOption() is { } paged && (!isFolder || options.Machine is not null))
            throw new FormatException($"{paged} is for vLLM and SGLang, whose --model is a folder with config.json and safetensors files");
        if (options.Machine is not null)
        {
            await ForecastMachines.WriteAsync(options, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Success;
        }
        options.CheckWithoutMachines();
        if (isFolder)
            return WritePaged(options);
        _ = (options.ToSettings(null), options.ToContexts(null)); // wrong options are named before a server is asked
        var budget = options.ToBudget();
        var (shape, server) = await ForecastModelResolver.ResolveAsync(options.Model, options.Weights, options.Gguf,
            cancellationToken).ConfigureAwait(false);
        var settings = await options.AddDraftModelAsync(options.ToSettings(server), cancellationToken).ConfigureAwait(false);
        var contexts = options.ToContexts(server);
        if (MemoryForecast.FindProblems(shape, settings) is [_, ..] problems)
            throw new FormatException(string.Join("; ", problems));
        if (budget is not null && (shape.WeightBytes is null || shape.VocabularySize is null))
        {
            var missing = shape.WeightBytes is null ? "the size of its weights" : "the size of its vocabulary";
            throw new FormatException($"--budget: the wall cannot be forecast, since '{options.Model}' does not contain {missing}");
        }
        var table = MemoryForecast.ComputeTable(shape, settings, contexts, budget) with { Server = server };
        if (server is { LoadedBytes: not null, WindowTokens: { } loaded })
        {
            table = table with
            {
                Compared = ComparedPart.Compare(MemoryForecast.Compute(shape, settings, loaded), server),
                ComparedContextTokens = loaded,
            };
        }
        if (options.ReadLog() is { } log)
        {
            table = table with
            {
                Compared = ComparedPart.Compare(shape, settings, log, contexts[0]),
                ComparedContextTokens = log.ContextTokens,
            };
        }
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(table, FactsJson.Indented));
        else
            ForecastReportWriter.Write(Terminal.Out, table, shape.TrainedContextTokens, options.Gigabytes);
        return ExitCodes.Success;
    }

    private static int WritePaged(ForecastOptions options)
    {
        options.CheckPaged();
        var (settings, contexts) = (options.ToPagedSettings(), options.ToContexts(null));
        PagedForecast forecast;
        try
        {
            forecast = PagedForecast.Compute(CheckpointReader.Read(options.Model), settings, contexts);
        }
        catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException or OverflowException)
        {
            throw new FormatException($"--model: '{options.Model}' cannot be forecast: {error.Message}", error);
        }
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(forecast, FactsJson.Indented));
        else
            PagedReportWriter.Write(Terminal.Out, forecast);
        return ExitCodes.Success;
    }
}
