using System.Text.Json;

namespace MemoryWall.ScriptedServer;

/// <summary>The slot actions of a llama-server started with <c>--slot-save-path</c>, as in its source.</summary>
public sealed class ScriptedSlots
{
    private const long BytesPerToken = 1024;
    private int _held;
    private int _saved;

    /// <summary>Time to restore a slot.</summary>
    public TimeSpan Restore { get; init; }

    /// <summary>Whether the restored state is lost before the prompt arrives.</summary>
    public bool Forgets { get; init; }

    /// <summary>The answer of a server that was started without <c>--slot-save-path</c>.</summary>
    internal static Reply Unsupported =>
        Reply.Whole(501,
            """{"error":{"code":501,"message":"This server does not support slots action. """
            + """Start it with `--slot-save-path`","type":"not_supported_error"}}""");

    internal Reply Act(string action)
    {
        switch (action)
        {
            case "save":
                _saved = _held;
                return Reply.Json(
                    $"{{\"id_slot\":0,\"filename\":\"memwall.bin\",\"n_saved\":{_saved},\"n_written\":{_saved * BytesPerToken},"
                    + $"\"timings\":{{\"save_ms\":1.0}}}}");
            case "erase":
                _held = 0;
                return Reply.Json("""{"id_slot":0,"n_erased":1}""");
            case "restore" when _saved > 0:
                _held = Forgets ? 0 : _saved;
                return Reply.Stream("application/json").Wait(Restore)
                    .Line($"{{\"id_slot\":0,\"filename\":\"memwall.bin\",\"n_restored\":{_saved},\"n_read\":{_saved * BytesPerToken},"
                        + $"\"timings\":{{\"restore_ms\":1.0}}}}").End();
            case "restore":
                return Reply.Whole(400,
                    """{"error":{"code":400,"message":"Unable to restore slot, no available space in KV cache """
                    + """or invalid slot save file","type":"invalid_request_error"}}""");
            default:
                return Reply.Whole(400, """{"error":{"code":400,"message":"Invalid action","type":"invalid_request_error"}}""");
        }
    }

    /// <summary>
    /// The behaviour with the cached tokens that a prompt finds in the slot. At least one token is computed, to get its scores.
    /// </summary>
    internal Behaviour With(Behaviour behaviour, JsonElement call, int counted)
    {
        var cached = call.GetProperty("cache_prompt").GetBoolean() ? Math.Min(_held, counted - 1) : 0;
        _held = counted;
        return behaviour with { CachedPrompt = cached, Prefill = behaviour.Prefill * (counted - cached) / counted };
    }
}
