namespace MemoryWall.Reporting.Glossary;

/// <summary>The exporters whose pages are understood, and what each adds to the telemetry.</summary>
internal static class ExporterTerms
{
    /// <summary>All exporters, with the address that each has by default.</summary>
    public static IReadOnlyList<GlossaryTerm> All { get; } =
    [
        new("http://HOST:9100/metrics",
            "node_exporter: processors, memory, swap, page faults, disks, pressure, network, energy of the processors."),
        new("http://HOST:9400/metrics", "DCGM exporter: NVIDIA GPUs. Start it with --collect-interval 1000: by default it has new readings "
            + "every 30 s, and a page that has not changed counts as no reading."),
        new("http://HOST:8000/metrics", "vLLM: running and waiting requests, use of the KV cache, tokens, preemptions."),
        new("http://HOST:8080/metrics", "llama-server --metrics: the same, as far as it reports them."),
    ];

    /// <summary>What applies to all exporters.</summary>
    public const string Footer = "Their columns begin with exporter_ (exporter2_ for a second machine) and lie beside this machine's; "
        + "verdicts that rest on them say so. The key of --telemetry-key-variable or --telemetry-key-file is sent to each of them, the "
        + "target's key to none. memwall doctor --telemetry-from tries them.";
}
