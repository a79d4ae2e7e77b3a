namespace MemoryWall.Reporting.Glossary;

/// <summary>How a target is written, and what it is.</summary>
internal static class TargetTerms
{
    /// <summary>All forms of a target's address.</summary>
    public static IReadOnlyList<GlossaryTerm> All { get; } =
    [
        new("embedded", "The embedded default: llama.cpp in a process of its own with the synthetic model nano. It needs nothing."),
        new("embedded:PRESET", "The same with another synthetic model: small, 1b, moe-small, moe-1b, or a shape (memwall models)."),
        new("embedded:FILE.gguf", "The same with a model of yours."),
        new("ollama://HOST:PORT/MODEL", "Ollama. Its vocabulary makes N exact, and its report times prefill and generation."),
        new("llama-server://HOST:PORT", "llama.cpp's server, a router with /MODEL. Its /tokenize makes N exact; its timings are read."),
        new("openai://HOST:PORT/MODEL", "vLLM, SGLang, LM Studio, aiDAPTIV and other servers with the routes of OpenAI. Their own count "
            + "makes N exact."),
        new("http://HOST:PORT", "Any of these: the program asks the server what it speaks. https:// checks its certificate."),
        new("ollamas://, openais://, llama-servers://", "The same over TLS."),
    ];
}
