using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;

namespace MemoryWall.Analysis;

/// <summary>Writes a view as one flat object. It is not read back: what can be derived is derived again from the trial.</summary>
internal sealed class TrialViewJsonConverter : JsonConverter<TrialView>
{
    public override TrialView Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("a view is derived from a trial, not read");

    public override void Write(Utf8JsonWriter writer, TrialView value, JsonSerializerOptions options) =>
        Flatten(value).WriteTo(writer, options);

    private static JsonObject Flatten(TrialView view)
    {
        var flat = new JsonObject();
        foreach (var (name, node) in JsonSerializer.SerializeToNode(view.Trial, FactsJson.SingleLine)!.AsObject().ToList())
        {
            switch (name)
            {
                case "client" or "server" or "native":
                    foreach (var (point, time) in node!.AsObject().ToList())
                        flat[point] = time?.DeepClone();
                    break;
                case "memory":
                    AddMemory(flat, view.Trial.Memory);
                    break;
                case "tier":
                    AddTier(flat, view.Trial.Tier);
                    break;
                case "server_load":
                    foreach (var (told, number) in JsonSerializer.SerializeToNode(view.Trial.ServerLoad ?? new ServerLoad(),
                        FactsJson.SingleLine)!.AsObject().ToList())
                        flat[told] = number?.DeepClone();
                    break;
                case "outcome":
                    flat["outcome"] = view.Trial.Outcome.Kind;
                    flat["outcome_detail"] = view.Trial.Outcome.Detail is { Length: > 0 } detail ? detail : null;
                    flat["outcome_json"] = node!.ToJsonString(FactsJson.SingleLine);
                    break;
                case "flags":
                    flat["flags"] = new JsonArray([.. view.Trial.Flags.Names().Select(flag => JsonValue.Create(flag))]);
                    break;
                default:
                    flat[name] = node?.DeepClone();
                    break;
            }
        }
        Add(flat, "prefill", view.Prefill);
        Add(flat, "generation", view.Generation);
        flat["prefill_tps"] = view.PrefillRate?.PerSecond;
        flat["prefill_at_depth_tps"] = view.PrefillRateAtDepth?.PerSecond;
        flat["generation_tps"] = view.GenerationRate?.PerSecond;
        flat["generation_tps_at_most"] = view.MaxGenerationRate?.PerSecond;
        flat["blended_tps"] = view.BlendedRate?.PerSecond;
        flat["prefill_share"] = view.PrefillShare;
        flat["kv_bytes_in_use"] = view.KvBytesInUse;
        return flat;
    }

    private static void AddTier(JsonObject flat, TierUse? tier)
    {
        foreach (var (name, node) in JsonSerializer.SerializeToNode(tier ?? new TierUse(), FactsJson.SingleLine)!.AsObject().ToList())
            flat[$"tier_{name}"] = tier is null ? null : node?.DeepClone();
    }

    private static void AddMemory(JsonObject flat, TrialMemory? memory)
    {
        foreach (var (name, node) in JsonSerializer.SerializeToNode(memory ?? new TrialMemory(), FactsJson.SingleLine)!.AsObject().ToList())
        {
            if (name is not ("load" or "prefill" or "generation"))
                flat[name] = node?.DeepClone();
        }
        foreach (var (phase, traffic) in new[] { ("load", memory?.Load), ("prefill", memory?.Prefill), ("generation", memory?.Generation) })
        {
            foreach (var (name, node) in JsonSerializer.SerializeToNode(traffic ?? new MemoryTraffic(), FactsJson.SingleLine)!.AsObject()
                .ToList())
                flat[$"{phase}_{name}"] = node?.DeepClone();
        }
    }

    private static void Add(JsonObject flat, string phase, PhaseTime? time)
    {
        flat[phase + "_seconds"] = JsonSerializer.SerializeToNode(time?.Duration, FactsJson.SingleLine);
        flat[phase + "_source"] = JsonSerializer.SerializeToNode(time?.Source, FactsJson.SingleLine);
    }
}
