using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Facts;
using OllamaSharp;
using OllamaSharp.Models;

namespace MemoryWall.Targets.Ollama;

/// <summary>
/// Makes the bodies of requests from OllamaSharp's own types, by one rule for every context, with the fields of our dialect beside them
/// where the server announced them.
/// </summary>
internal sealed class OllamaRequests(OllamaApiClient client, string model, TargetOptions options, IReadOnlySet<string> dialect)
{
    // The server picks its batch from the context; pinned, so that contexts can be compared.
    private const int ForeignBatch = 512;

    // Ollama cannot be told to ignore an end-of-text token: some heat makes an early one unlikely, and a run of equal tokens too, which
    // its repeat guard would abort. The embedded server can, and takes the likeliest token, whose choice costs least.
    private const float ForeignTemperature = 1f;
    private const int Seed = 1;

    // Long enough for the pauses of a run, and it ends by itself afterwards.
    private const string KeepAlive = "30m";

    /// <summary>Makes the model ready with this window.</summary>
    public byte[] Load(int windowTokens) => Bytes(Body("", windowTokens, outputTokens: null, stream: false));

    /// <summary>Asks for one token, to learn how many the prompt has.</summary>
    public byte[] Count(string prompt, int windowTokens) => Bytes(Body(prompt, windowTokens, outputTokens: 1, stream: false));

    /// <summary>Generates.</summary>
    public byte[] Generate(InferenceRequest request)
    {
        var prompt = request.Prompt;
        var ids = dialect.Contains(Dialect.TokenIds) ? prompt.TokenIds : null;
        var body = Body(ids is null ? prompt.Text : "", request.WindowTokens, request.OutputTokens, stream: true);
        var ours = new JsonObject();
        if (ids is not null)
            ours["prompt_tokens"] = JsonArray.Create(JsonSerializer.SerializeToElement(ids));
        AddFlag(ours, Dialect.IgnoreEos, Dialect.IgnoreEos, true);
        AddFlag(ours, Dialect.NoPromptCache, "prompt_cache", request.WarmPrefix);
        AddFlag(ours, Dialect.PromptProgress, Dialect.PromptProgress, true);
        AddFlag(ours, Dialect.TokenTimes, Dialect.TokenTimes, true);
        if (ours.Count > 0)
            body[Dialect.Field] = ours;
        return Bytes(body);
    }

    private JsonObject Body(string prompt, int windowTokens, int? outputTokens, bool stream)
    {
        var isForeign = dialect.Count == 0;
        var request = new GenerateRequest
        {
            Model = model,
            Prompt = prompt,
            Raw = true,
            Stream = stream,
            KeepAlive = KeepAlive,
            Options = new RequestOptions
            {
                NumCtx = windowTokens,
                NumPredict = outputTokens,
                NumBatch = options.BatchTokens ?? (isForeign ? ForeignBatch : null),
                NumThread = options.Threads,
                NumGpu = options.GpuLayers,
                Temperature = isForeign ? ForeignTemperature : 0,
                Seed = Seed,
            },
        };
        var body = JsonSerializer.SerializeToNode(request, client.OutgoingJsonSerializerOptions)!.AsObject();
        // Never let the server cut the prompt: it would answer as if nothing had happened.
        body["truncate"] = false;
        var settings = body["options"]!.AsObject();
        AddText(settings, Dialect.KvType, Dialect.KvType, options.KvType);
        AddText(settings, Dialect.FlashAttention, Dialect.FlashAttention, options.FlashAttention);
        AddText(settings, Dialect.LoadMode, Dialect.LoadMode, options.LoadMode);
        if (options.PrefillThreads is { } threads && dialect.Contains(Dialect.ThreadSplit))
            settings["num_thread_batch"] = threads;
        return body;
    }

    private void AddFlag(JsonObject to, string ability, string name, bool value)
    {
        if (dialect.Contains(ability))
            to[name] = value;
    }

    private void AddText(JsonObject to, string ability, string name, string? value)
    {
        if (value is not null && dialect.Contains(ability))
            to[name] = value;
    }

    private static byte[] Bytes(JsonObject body) => Encoding.UTF8.GetBytes(body.ToJsonString());
}
