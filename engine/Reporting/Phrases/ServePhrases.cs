using MemoryWall.Reporting.Formats;
using MemoryWall.Sweeps.Serving;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What <c>memwall serve</c> says when a model is ready.</summary>
internal static class ServePhrases
{
    /// <summary>Where clients find the model, what lies where, and what rate to expect; one sentence a line.</summary>
    public static IEnumerable<string> Describe(ServedFacts served)
    {
        yield return $"{served.Name} is served at {Address(served)}, with a window of {NumberFormat.Tokens(served.WindowTokens)} tokens.";
        yield return $"Ollama clients use {Address(served)}, OpenAI clients use {Address(served)}/v1.";
        if (served.Load.Tier is { } tier)
        {
            yield return $"Weights: {FormatPlaces(tier.PinnedWeightBytes, tier.StreamedWeightBytes)}.";
            if (tier is { ExpertBytes: { } experts, ExpertPoolBytes: { } pool })
                yield return $"Experts: {NumberFormat.Bytes(Math.Min(experts, pool))} of {NumberFormat.Bytes(experts)} in memory, "
                    + "the rest is read from storage where a token uses it.";
            yield return $"KV cache of a full window: {FormatPlaces(tier.PinnedKvBytes, tier.StreamedKvBytes)}.";
        }
        else if (served.Load is { ResidentBytes: { } resident, KvBytes: { } kv })
        {
            yield return $"Memory: {NumberFormat.Bytes(resident)}, of which the KV cache of a full window is {NumberFormat.Bytes(kv)}.";
        }
        if (served.ExceedsCap)
            yield return $"That is more than the {CapPhrases.Format(served.Cap)}: the system pages. "
                + "--tier FOLDER keeps the rest on storage.";
        if (served.TokensPerSecond is { } rate)
            yield return $"A short prompt generated {NumberFormat.Rate(rate)} just now.";
        if (served.EvenExpertBytesPerToken is { } missing)
            yield return $"A token reads {NumberFormat.Bytes(missing)} of experts if all are used alike, "
                + "and less where some are used more.";
        if (served.StorageTokensPerSecond is { } bound)
            yield return $"With a full window each token reads {NumberFormat.Bytes(served.StreamedBytesPerToken)} from storage at "
                + $"{NumberFormat.Bandwidth(served.Load.Tier?.DirectReadBytesPerSecond)}: at most {NumberFormat.Rate(bound)}.";
    }

    private static string Address(ServedFacts served) => served.Endpoint.GetLeftPart(UriPartial.Authority);

    private static string FormatPlaces(long? pinned, long? streamed) => streamed is > 0
        ? $"{NumberFormat.Bytes(pinned)} in memory, {NumberFormat.Bytes(streamed)} read from storage for each token"
        : $"{NumberFormat.Bytes(pinned)} in memory";
}
