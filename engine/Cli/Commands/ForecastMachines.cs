using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Json;
using MemoryWall.Runs.Json;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall forecast --machine</c>: what fits where, and how fast it can be at most.</summary>
internal static class ForecastMachines
{
    public static async Task WriteAsync(ForecastOptions options, CancellationToken cancellationToken)
    {
        var (machines, reserve, contexts) = (options.ToMachines(), options.ToReserve(), options.ToMachineContexts());
        _ = options.ToSettings(null); // wrong options are named before a server is asked
        var bandwidths = options.ToBandwidths();
        var models = new List<(ModelShape Shape, ForecastSettings Settings)>();
        foreach (var name in OptionParser.Parse("--model", () => ModelNames.Split(options.Model)))
        {
            var (shape, server) = await ForecastModelResolver.ResolveAsync(name, options.Weights, options.Gguf, cancellationToken)
                .ConfigureAwait(false);
            var settings = await options.AddDraftModelAsync(options.ToSettings(server), cancellationToken).ConfigureAwait(false);
            if (MemoryForecast.FindProblems(shape, settings) is [_, ..] problems)
                throw new FormatException($"--model {name}: {string.Join("; ", problems)}");
            models.Add((shape, settings));
        }
        var table = MachineFits.Compute(models, contexts, machines, reserve, bandwidths);
        if (options.Json)
            Console.Out.WriteLine(ReportJson.ToJson(table)!.ToJsonString(FactsJson.Indented));
        else
            MachineReportWriter.Write(Terminal.Out, table);
    }
}
