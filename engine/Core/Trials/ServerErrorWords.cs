namespace MemoryWall.Core.Trials;

/// <summary>The class of a server's error message. It is the only place that searches a server's words.</summary>
internal static class ServerErrorWords
{
    private const int FirstServerError = 500;
    private const int BadGateway = 502;
    private const string AnyStatus = "exit status ";
    private const string ErrorStatus = AnyStatus + "1";

    // Ollama: "model requires more system memory (31.5 GiB) than is available (22.1 GiB)". Our storage tier: "a memory budget of … is too
    // small".
    private static readonly string[] s_memoryRefusals = ["requires more system memory", "a memory budget of"];

    private static readonly string[] s_memoryFailures =
    [
        "insufficient memory", "out of memory", "outofmemory", "out-of-memory", "not enough memory", "failed to allocate",
        "unable to allocate", "cannot allocate", "could not allocate", "bad_alloc", "cudamalloc failed", "insufficient system resources",
        "no available memory", "memory allocation",
    ];

    private static readonly string[] s_crashes =
    [
        "unexpectedly stopped", "unexpected eof", "signal: ", "connection reset", "connection refused",
        "broken pipe", "engine is dead", "enginedead", "core dumped", "forcibly closed", "exit status 0x", "ggml_assert",
        // Of an accelerator; its words ("invalid argument", "operation not supported") are those of a rejection too.
        "cuda error", "cublas_status", "hip error", "rocm error", "hipblas_status", "device lost", "devicelost", "segmentation fault",
        // Of a llama-server that is a router, about the process of the model.
        "proxy error",
    ];

    // A runner that ends by itself before it serves anything rejects what it was started with: "llama-server process has terminated:
    // exit status 1: … quantized V cache requires flash_attn to be enabled".
    private static readonly string[] s_rejections =
    [
        "requires flash_attn", "unknown model architecture", "unknown argument", "error loading model", "failed to load model",
        "unable to load model",
    ];

    // Words of many errors, which prove nothing about a process that ended without the status of a rejection.
    private static readonly string[] s_generalRejections =
        ["unsupported", "not supported", "does not support", "invalid argument", "invalid value"];

    private static readonly string[] s_ends = ["process has terminated"];

    /// <summary>The class of an error.</summary>
    /// <param name="status">The HTTP status of the response; 200 for an error within a stream, null where there was no response.</param>
    /// <param name="message">The server's message.</param>
    /// <returns>The class. From 400 to 499 the request is at fault and the message can repeat parts of the prompt, so its words prove
    /// nothing.</returns>
    public static ServerErrorClass Classify(int? status, string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return status switch
        {
            >= 400 and < FirstServerError => ServerErrorClass.Other,
            _ when Contains(message, s_memoryRefusals) => ServerErrorClass.MemoryRefused,
            _ when Contains(message, s_memoryFailures) => ServerErrorClass.MemoryExhausted,
            _ when Contains(message, s_crashes) => ServerErrorClass.Crash,
            // A gateway says so of a server that closed its connection or takes none.
            BadGateway => ServerErrorClass.Crash,
            >= FirstServerError when IsRejection(message) => ServerErrorClass.Other,
            _ when Contains(message, s_ends) => ServerErrorClass.Crash,
            _ => ServerErrorClass.Other,
        };
    }

    private static bool IsRejection(string message) =>
        EndedWithError(message)
        || (!message.Contains(AnyStatus, StringComparison.OrdinalIgnoreCase) && Contains(message, s_rejections))
        || (!Contains(message, s_ends) && Contains(message, s_generalRejections));

    // 2 is that of a panic in Go; 137 and other numbers above 128 are signals.
    private static bool EndedWithError(string message) =>
        message.IndexOf(ErrorStatus, StringComparison.OrdinalIgnoreCase) is >= 0 and var at
            && (at + ErrorStatus.Length == message.Length || !char.IsAsciiDigit(message[at + ErrorStatus.Length]));

    private static bool Contains(string message, string[] phrases) =>
        phrases.Any(phrase => message.Contains(phrase, StringComparison.OrdinalIgnoreCase));
}
