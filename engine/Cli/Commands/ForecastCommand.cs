using System.Text.Json;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Models.Forecast;
using MemoryWall.Runs.Json;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall forecast</c>: predicts the memory of each context, and the memory wall within a budget.</summary>
internal sealed class ForecastCommand : AsyncCommand<ForecastOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ForecastOptions options, CancellationToken cancellationToken)
    {
        if (options.Machine is not null)
        {
            await ForecastMachines.WriteAsync(options, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Success;
        }
        options.CheckWithoutMachines();
        _ = (options.ToSettings(null), options.ToContexts(null)); // wrong options are named before a server is asked
        var budget = options.ToBudget();
        var (shape, server) = await ForecastModelResolver.ResolveAsync(options.Model, options.Weights, options.Gguf,
            cancellationToken).ConfigureAwait(false);
        var (settings, contexts) = (options.ToSettings(server), options.ToContexts(server));
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
            ForecastReportWriter.Write(Terminal.Out, table, shape.TrainedContextTokens);
        return ExitCodes.Success;
    }
}
