using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Reporting.Json;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall sessions forecast</c>: what caches of several sizes make of a recorded trace, by simulation.</summary>
internal sealed class SessionsForecastCommand : AsyncCommand<SessionsForecastOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SessionsForecastOptions options,
        CancellationToken cancellationToken)
    {
        var (ram, storages) = (options.ToRam(), options.ToStorages());
        var trace = options.ReadTrace();
        var (run, times) = options.ReadTimes();
        var shape = options.Model is null ? run.Manifest.Target.Shape
            : (await ForecastModelResolver.ResolveAsync(options.Model, options.Weights, null, cancellationToken)
                .ConfigureAwait(false)).Shape;
        var bytes = options.ToBytesPerToken(shape, run.Manifest.Plan.Options);
        var forecast = SessionForecast.Compute(new SessionForecastInput(trace, times, bytes)
        {
            // Another model is served by another server.
            Rules = options.Model is null ? CacheRules.Of(run.Manifest) : CacheRules.Blocks,
        }, ram, storages);
        var model = options.Model ?? shape!.Name ?? run.Manifest.Target.Model;
        if (options.Json)
            Console.Out.WriteLine(ToJson(forecast, run.Manifest.RunId, model).ToJsonString(FactsJson.Indented));
        else
            SessionForecastWriter.Write(Terminal.Out, forecast, SessionForecastPhrases.FormatHeading(forecast, model),
                SessionForecastPhrases.FormatSource(run.Manifest, times, shape!));
        return ExitCodes.Success;
    }

    private static JsonObject ToJson(SessionForecast forecast, string run, string model) => new()
    {
        ["model"] = model,
        ["prefill_from"] = run,
        ["assumptions"] = SessionForecastPhrases.FormatAssumptions(forecast),
        ["forecast"] = ReportJson.ToJson(forecast),
        ["findings"] = JsonSerializer.SerializeToNode(SessionForecastPhrases.Format(forecast), FactsJson.SingleLine),
    };
}
