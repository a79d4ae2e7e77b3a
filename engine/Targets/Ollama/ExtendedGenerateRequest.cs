using System.Text.Json.Serialization.Metadata;
using MemoryWall.Protocol;
using OllamaSharp;
using OllamaSharp.Models;

namespace MemoryWall.Targets.Ollama;

/// <summary>
/// OllamaSharp's request with the fields that it lacks. Its client serializes the base type, so they are added to that type's description
/// (<see cref="AddExtensionFields"/>) rather than found by inheritance.
/// </summary>
internal sealed class ExtendedGenerateRequest : GenerateRequest
{
    private static readonly DefaultJsonTypeInfoResolver s_resolver = new() { Modifiers = { AddFields } };

    /// <summary><c>truncate</c>: false to refuse a prompt that does not fit; Ollama cuts it silently otherwise.</summary>
    public bool? Truncate { get; init; }

    /// <summary>The dialect's object; absent for servers that did not announce it.</summary>
    public Dictionary<string, object>? ExtensionFields { get; init; }

    /// <summary>Makes a client send the fields.</summary>
    public static OllamaApiClient AddExtensionFields(OllamaApiClient client)
    {
        client.OutgoingJsonSerializerOptions.TypeInfoResolver = s_resolver;
        return client;
    }

    private static void AddFields(JsonTypeInfo type)
    {
        if (type.Type == typeof(GenerateRequest))
        {
            Add<GenerateRequest, bool?>(type, "truncate", request => (request as ExtendedGenerateRequest)?.Truncate);
            Add<GenerateRequest, Dictionary<string, object>>(type, EmbeddedProtocol.ObjectName,
                request => (request as ExtendedGenerateRequest)?.ExtensionFields);
        }
        else if (type.Type == typeof(RequestOptions))
        {
            Add<RequestOptions, string>(type, EmbeddedProtocol.KvType, options => (options as ExtendedRequestOptions)?.KvType);
            Add<RequestOptions, string>(type, EmbeddedProtocol.FlashAttention,
                options => (options as ExtendedRequestOptions)?.FlashAttention);
            Add<RequestOptions, string>(type, EmbeddedProtocol.LoadMode, options => (options as ExtendedRequestOptions)?.LoadMode);
            Add<RequestOptions, Dictionary<string, object>>(type, EmbeddedProtocol.Tier,
                options => (options as ExtendedRequestOptions)?.Tier);
            Add<RequestOptions, int?>(type, "num_thread_batch", options => (options as ExtendedRequestOptions)?.NumThreadBatch);
        }
    }

    private static void Add<TOwner, TValue>(JsonTypeInfo type, string name, Func<TOwner, TValue?> get)
    {
        var property = type.CreateJsonPropertyInfo(typeof(TValue), name);
        property.Get = owner => get((TOwner)owner);
        property.ShouldSerialize = (_, value) => value is not null;
        type.Properties.Add(property);
    }
}

/// <summary>OllamaSharp's options with those of the dialect.</summary>
internal sealed class ExtendedRequestOptions : RequestOptions
{
    public string? KvType { get; init; }

    public string? FlashAttention { get; init; }

    public string? LoadMode { get; init; }

    public Dictionary<string, object>? Tier { get; init; }

    public int? NumThreadBatch { get; init; }
}
