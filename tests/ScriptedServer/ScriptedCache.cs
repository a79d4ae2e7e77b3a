using System.Text.Json;

namespace MemoryWall.ScriptedServer;

/// <summary>A prompt cache with one slot: it keeps the last prompt, of which the next one finds the common beginning.</summary>
public sealed class ScriptedCache
{
    private IReadOnlyList<string> _held = [];

    /// <summary>Empties it, as a new runner process does.</summary>
    internal void Clear() => _held = [];

    /// <summary>The behaviour with the cached tokens that a prompt finds. At least one token is computed, to get its scores.</summary>
    internal Behaviour With(Behaviour behaviour, JsonElement prompt, int counted, bool uses)
    {
        var words = prompt.ValueKind == JsonValueKind.Array
            ? [.. prompt.EnumerateArray().Select(id => id.GetRawText())]
            : prompt.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var common = uses ? words.Zip(_held).TakeWhile(pair => pair.First == pair.Second).Count() : 0;
        _held = words;
        var cached = Math.Min(common, counted - 1);
        return behaviour with { CachedPrompt = cached, Prefill = behaviour.Prefill * (counted - cached) / counted };
    }
}
