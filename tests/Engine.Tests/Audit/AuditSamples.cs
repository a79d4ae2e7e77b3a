using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;

namespace MemoryWall.Engine.Tests.Audit;

/// <summary>Result files of all tools, without errors.</summary>
internal static class AuditSamples
{
    public static readonly string[] All =
        ["llama-bench.json", "llama-bench.jsonl", "llama-bench.csv", "llama-bench.sql", "llama-bench.md", "vllm.json", "guidellm.json",
            "aiperf.json", "aiperf.jsonl", "ollama.txt", "llama-bench-paste.txt", "llama-benchy.md", "llama-benchy.csv",
            "llama-benchy.json", "ollama-bench.csv", "ollama-bench.txt", "ollama-bench.md", "ollama-frames.jsonl", "ollama.log",
            "llama-server.log", "llama-server.json", "llama-server.sse", "vllm-trimmed.json", "vllm-latency.json", "vllm-throughput.json",
            "vllm-serve.txt", "vllm-trimmed.txt", "vllm-throughput.txt", "sglang.txt", "sglang.jsonl", "guidellm.yaml", "guidellm.csv",
            "guidellm-old.csv", "aiperf.csv", "aidaptiv-requests.csv", "aidaptiv-results.json", "aidaptiv-metrics.csv",
            "llama-bench-depths.md", "llama-server-old.log", "ollama-debug.log", "vllm-rate.json", "vllm-latency-batch.json",
            "aiperf-telemetry.csv", "guidellm-block.yaml", "guidellm-wide.csv", "aidaptiv-requests-users.csv",
            "aidaptiv-results-failed.json"];

    public static string Text(string name)
    {
        using var stream = typeof(AuditSamples).Assembly.GetManifestResourceStream("Audit/" + name)
            ?? throw new InvalidOperationException($"no such sample: {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Audits a sample after replacing a text that the sample must contain.</summary>
    public static AuditedFile Changed(string name, string old, string now, AuditSettings? settings = null)
    {
        var text = Text(name);
        Assert.Contains(old, text, StringComparison.Ordinal);
        return Auditor.AuditText(name, text.Replace(old, now, StringComparison.Ordinal), settings ?? new AuditSettings());
    }
}
