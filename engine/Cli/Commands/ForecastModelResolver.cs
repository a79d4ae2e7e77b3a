using System.Net;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Time;
using MemoryWall.Models;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.RemoteFiles;

namespace MemoryWall.Cli.Commands;

/// <summary>Finds the shape of the model that <c>--model</c> names, without reading or writing weights.</summary>
internal static class ForecastModelResolver
{
    // Less similar names are not suggested.
    private const double MinSimilarity = 0.3;
    private const int MaxSuggestions = 3;

    /// <summary>The shape.</summary>
    /// <exception cref="FormatException">There is no such model; the message names similar ones.</exception>
    public static async Task<ForecastModel> ResolveAsync(string model, string? weights, string? gguf, CancellationToken cancellation)
    {
        var type = weights is null ? null : OptionParser.Parse("--weights", () => WeightType.Parse(weights));
        if (KnownModels.TryGet(model, type, out var known))
            return new ForecastModel(known, null);
        if (weights is not null)
            throw new FormatException(
                $"--weights is for well-known models only ({string.Join(", ", KnownModels.Names)}); '{model}' has its own quantisation");
        if (!RemoteGguf.TryParse(model, out _) && TargetAddress.HasScheme(model))
            return await QueryServerAsync(model, gguf, cancellation).ConfigureAwait(false);
        return new ForecastModel(await ResolveAsync("--model", model, cancellation).ConfigureAwait(false), null);
    }

    /// <summary>The shape of a model that an option names and no server tells.</summary>
    /// <exception cref="FormatException">There is no such model; the message names the option, and similar models.</exception>
    public static async Task<ModelShape> ResolveAsync(string option, string model, CancellationToken cancellation)
    {
        if (KnownModels.TryGet(model, null, out var known))
            return known;
        if (RemoteGguf.TryParse(model, out var address))
            return await ReadRemoteAsync(option, address, cancellation).ConfigureAwait(false);
        if (TargetAddress.HasScheme(model))
            throw new FormatException($"{option}: '{model}' is a server's model; write its .gguf file");
        if (model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) || (Path.Exists(model) && !SyntheticSpec.IsSpecText(model)))
            return ReadFile(option, model);
        return SyntheticSpec.IsSpecText(model)
            ? OptionParser.Parse(option, () => SyntheticModelCache.GetShape(SyntheticSpec.Parse(model)))
            : throw new FormatException(
                $"{option}: '{model}' is unknown.{FormatSuggestions(model)} 'memwall models' lists the names; "
                + "or write a .gguf file, its address as https://HOST/FILE.gguf"
                + (option == "--model" ? ", a server's model as ollama://HOST:PORT/MODEL, or a folder with config.json" : ""));
    }

    private static ModelShape ReadFile(string option, string path)
    {
        try
        {
            return ModelShapeReader.Read(GenerativeModel.ReadFile(path));
        }
        catch (ModelKindException error)
        {
            throw new FormatException($"{option}: '{path}' cannot be forecast: {error.Message}", error);
        }
        catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{option}: '{path}' cannot be read: {error.Message}", error);
        }
    }

    private static async Task<ModelShape> ReadRemoteAsync(string option, Uri address, CancellationToken cancellation)
    {
        // A query may contain a key.
        var shown = SafeText.ToSingleLine(
            address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.SafeUnescaped), SafeText.MaxNameLength);
        try
        {
            return ModelShapeReader.Read(await RemoteGguf.ReadAsync(address, RemoteGguf.LongestTime, cancellation).ConfigureAwait(false));
        }
        catch (ModelKindException error)
        {
            throw new FormatException($"{option}: '{shown}' cannot be forecast: {error.Message}", error);
        }
        catch (Exception error) when (error is ModelFormatException or IOException)
        {
            // A llama-server names its model by its file, and an http address is otherwise that of a server.
            var hint = error.InnerException is HttpRequestException { StatusCode: HttpStatusCode.NotFound }
                ? "; a server's model is written llama-server://HOST:PORT or openai://HOST:PORT/MODEL" : "";
            throw new FormatException($"{option}: '{shown}' cannot be read: {error.Message}{hint}", error);
        }
    }

    /// <summary>The bytes of all tensors of a file.</summary>
    /// <exception cref="FormatException">It is no GGUF file, or it cannot be read; the message names the option.</exception>
    public static long ReadWeightBytes(string option, string path)
    {
        try
        {
            return (ModelMetadata.FromFile(path).Tensors ?? []).Sum(tensor => tensor.Bytes
                ?? throw new FormatException($"{option}: '{path}' has a tensor of an unknown type"));
        }
        catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{option}: '{path}' cannot be read: {error.Message}", error);
        }
    }

    private static async Task<ForecastModel> QueryServerAsync(string text, string? gguf, CancellationToken cancellation)
    {
        var connection = new ConnectionOptions();
        if (!TargetAddress.TryParse(text, connection, out var address, out var wrong))
            throw new FormatException($"--model: {wrong}");
        var setup = new TargetSetup { Endpoint = address.Endpoint, Model = address.Model, Connection = connection, GgufPath = gguf };
        var (target, problem) = await TargetDetector.OpenAsync(address.Protocol, setup, RunClock.Start(), cancellation)
            .ConfigureAwait(false);
        if (target is null)
            throw new FormatException($"--model: {problem!.Detail}");
        await using (target.ConfigureAwait(false))
        {
            var probe = await target.ProbeAsync(cancellation).ConfigureAwait(false);
            if (probe.Problem is { } trouble)
                throw new FormatException($"--model: {trouble.Detail}");
            return probe.Facts is { Shape: { } shape } facts
                ? new ForecastModel(shape, await ServerWordsReader.ReadAsync(facts, setup, cancellation).ConfigureAwait(false))
                : throw new FormatException(probe.Facts?.Details.GetValueOrDefault("shape") is { } why
                    ? $"--model: '{text}' cannot be forecast: {why}"
                    : $"--model: '{text}' does not report its model's shape; write the model's .gguf file");
        }
    }

    private static string FormatSuggestions(string model)
    {
        var near = KnownModels.Names.Select(name => (Name: name, Likeness: ComputeDiceSimilarity(name, model)))
            .Where(entry => entry.Likeness >= MinSimilarity)
            .OrderByDescending(entry => entry.Likeness).Take(MaxSuggestions).Select(entry => entry.Name).ToList();
        return near.Count == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?";
    }

    // Dice's coefficient over pairs of letters (Dice 1945). A typing error changes few of the pairs.
    private static double ComputeDiceSimilarity(string one, string other)
    {
        static HashSet<string> Pairs(string text) =>
            [.. Enumerable.Range(0, Math.Max(0, text.Length - 1)).Select(i => text.Substring(i, 2).ToLowerInvariant())];
        var (first, second) = (Pairs(one), Pairs(other));
        return 2.0 * first.Intersect(second).Count() / Math.Max(1, first.Count + second.Count);
    }
}

/// <summary>A model to forecast.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Server">What the server that runs it told; null for a model that is not a server's.</param>
internal sealed record ForecastModel(ModelShape Shape, ServerWords? Server);
