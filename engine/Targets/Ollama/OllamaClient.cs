using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;
using OllamaSharp;
using OllamaSharp.Models;

namespace MemoryWall.Targets.Ollama;

/// <summary>Requests through OllamaSharp, each on an exchange that sees its lines first.</summary>
internal sealed class OllamaClient(HttpAccess access, string model)
{
    public HttpAccess Access => access;

    /// <summary>
    /// Sends a request and reads its answer to the end. The library drives the exchange; what happened is read off the exchange and the
    /// lines, so what it throws (a status, a line that is no JSON) is kept for the rare case that nothing else tells.
    /// </summary>
    /// <returns>What was thrown; null where nothing was.</returns>
    public async Task<Exception?> GenerateAsync(ExtendedGenerateRequest call, Exchange exchange, PhaseWatchdog watch)
    {
        watch.OnStop(exchange.Abort);
        try
        {
            using var client = ExtendedGenerateRequest.AddExtensionFields(new OllamaApiClient(exchange.Client, model));
            await foreach (var _ in client.GenerateAsync(call, watch.Token).ConfigureAwait(false))
            {
            }
            return null;
        }
        catch (Exception exception) when (FailureClassifier.IsExternal(exception))
        {
            return exception;
        }
    }

    /// <summary>The model as <c>/api/ps</c> shows it; null where it is not loaded or nothing was told.</summary>
    public async Task<RunningModel?> FindRunningModelAsync(CancellationToken cancellation)
    {
        using var watch = new PhaseWatchdog(access.Clock, new PhaseLimits { Load = TimeSpan.FromSeconds(30) }, Phase.Load, cancellation);
        using var exchange = new Exchange(access) { Observer = static (_, _) => true };
        watch.OnStop(exchange.Abort);
        try
        {
            using var client = new OllamaApiClient(exchange.Client, model);
            var running = await client.ListRunningModelsAsync(watch.Token).ConfigureAwait(false);
            return running?.FirstOrDefault(entry => entry is not null && (IsModel(entry.Name) || IsModel(entry.ModelName)));
        }
        catch (Exception exception) when (FailureClassifier.IsExternal(exception))
        {
            return null;
        }
    }

    private bool IsModel(string? name) =>
        string.Equals(name, model, StringComparison.OrdinalIgnoreCase)
            || string.Equals(name, model + ":latest", StringComparison.OrdinalIgnoreCase);
}
