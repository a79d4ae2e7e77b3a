using System.Text.Json;

namespace MemoryWall.ScriptedServer;

/// <summary>What a llama-server that was started with <c>--slot-save-path</c> does with the KV cache of its slot, as its source has
/// it.</summary>
public sealed class ScriptedSlots
{
    private const long BytesPerToken = 1024;
    private int _held;
    private int _saved;

    /// <summary>How long it takes to restore one.</summary>
    public TimeSpan Restore { get; init; }

    /// <summary>Whether what it restores is gone when the prompt comes.</summary>
    public bool Forgets { get; init; }

    /// <summary>What it tells to a server that was started without the folder.</summary>
    internal static Reply Unsupported =>
        Reply.Whole(501,
            """{"error":{"code":501,"message":"This server does not support slots action. Start it with `--slot-save-path`","type":"not_supported_error"}}""");

    internal Reply Act(string action)
    {
        switch (action)
        {
            case "save":
                _saved = _held;
                return Reply.Json(
                    $"{{\"id_slot\":0,\"filename\":\"memwall.bin\",\"n_saved\":{_saved},\"n_written\":{_saved * BytesPerToken},\"timings\":{{\"save_ms\":1.0}}}}");
            case "erase":
                _held = 0;
                return Reply.Json("""{"id_slot":0,"n_erased":1}""");
            case "restore" when _saved > 0:
                _held = Forgets ? 0 : _saved;
                return Reply.Stream("application/json").Wait(Restore)
                    .Line($"{{\"id_slot\":0,\"filename\":\"memwall.bin\",\"n_restored\":{_saved},\"n_read\":{_saved * BytesPerToken},\"timings\":{{\"restore_ms\":1.0}}}}").End();
            case "restore":
                return Reply.Whole(400,
                    """{"error":{"code":400,"message":"Unable to restore slot, no available space in KV cache or invalid slot save file","type":"invalid_request_error"}}""");
            default:
                return Reply.Whole(400, """{"error":{"code":400,"message":"Invalid action","type":"invalid_request_error"}}""");
        }
    }

    /// <summary>The behaviour with what a prompt finds in the slot, of which at least one token is computed, for its scores.</summary>
    internal Behaviour With(Behaviour behaviour, JsonElement call, int counted)
    {
        var cached = call.GetProperty("cache_prompt").GetBoolean() ? Math.Min(_held, counted - 1) : 0;
        _held = counted;
        return behaviour with { CachedPrompt = cached, Prefill = behaviour.Prefill * (counted - cached) / counted };
    }
}
