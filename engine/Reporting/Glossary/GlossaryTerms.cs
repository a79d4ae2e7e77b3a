namespace MemoryWall.Reporting.Glossary;

/// <summary>A word of the field or of this program.</summary>
/// <param name="Term">The word.</param>
/// <param name="Meaning">What it means, in one or two sentences.</param>
internal sealed record GlossaryTerm(string Term, string Meaning)
{
    /// <summary>The anchor of the word's heading, as Markdown renderers make it.</summary>
    public string Anchor => string.Concat(Term.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_'))
        .Replace(' ', '-');
}

/// <summary>The words that notebooks, tables and figures use. One text for the terminal, the notebooks and their README.</summary>
internal static class GlossaryTerms
{
    /// <summary>All words, in the order in which they build on each other.</summary>
    public static IReadOnlyList<GlossaryTerm> All { get; } =
    [
        new("context", "Prompt tokens of a request, written N. The server counts the same number, or the trial says so."),
        new("prefill", "The first phase of a request: the server computes all prompt tokens, many at a time."),
        new("generation", "The second phase: the answer, one token after another. It is also called decode."),
        new("TTFT", "Time to first token: from sending the request to the arrival of the first token. Most of it is prefill."),
        new("TPOT", "Time per output token, 1 ÷ generation rate. The time between two single tokens is the inter-token latency, ITL."),
        new("crossover", "The context at which prefill takes as long as generating the answer."),
        new("orchestration", "What happens to a request before prefill: the server reads it, makes tokens of its text and schedules the "
            + "work. As a step of TTFT it is what remains of TTFT after everything that client and server report."),
        new("blended throughput", "Prompt and output tokens ÷ the time of both phases."),
        new("KV cache", "Keys and values of all tokens so far. Each new token reads them; they grow with every token of context."),
        new("window", "The context that a server reserves memory for: prompt, answer and a margin. llama.cpp reserves it at once."),
        new("tier", "A place for weights and KV cache. Tier 1 is accelerator memory, tier 2 RAM, tier 3 storage."),
        new("managed storage tier", "A part of the embedded server that keeps what does not fit in RAM in a folder and reads it ahead "
            + "of its "
            + "use, instead of leaving that to the kernel's paging."),
        new("cap", "A limit on the memory of the inference process, enforced by the operating system, so that a large machine shows "
            + "the wall of "
            + "a small one."),
        new("swap", "Storage that the kernel moves memory to when RAM is full. Without it a process that needs more is killed; with "
            + "it, it may "
            + "thrash."),
        new("mmap", "Mapping the weights' file instead of reading it: pages are loaded on first use, and the kernel may drop and "
            + "reload them."),
        new("page fault", "An access to a page that is not in RAM. A major fault waits for storage."),
        new("memory wall", "The context at which weights, KV cache and buffers no longer fit in fast memory."),
        new("regime", "What memory does in a trial: in memory, spilling, thrashing, out of memory, refused, or managed. memwall help "
            + "regimes "
            + "lists the evidence of each."),
        new("thrashing", "The system moves pages instead of working: half of the rate or more is lost."),
        new("spilling", "A part is read from storage for each token, and more than half of the rate is left."),
        new("system", "A server with the memory regime it runs under: standard (with swap), standard-no-swap, kv-q8_0, managed."),
        new("forecast", "Memory or a wall predicted from the model's shape, before anything runs."),
        new("MFU", "Model FLOPs utilisation: operations of prefill ÷ time ÷ the machine's peak arithmetic rate. 40% and more means that "
            + "arithmetic is the limit."),
        new("MBU", "Memory bandwidth utilisation: bytes of weights and KV cache for a token ÷ its time ÷ the machine's peak bandwidth."),
        new("peak", "The arithmetic rate and memory bandwidth that two short tests reached just before the run, on the processors alone."),
        new("roofline", "The highest arithmetic rate that peak arithmetic and peak bandwidth allow for a given number of operations "
            + "per byte."),
        new("cold", "A trial that computes its whole prompt from an empty cache: the reference for all other methods."),
        new("synthetic depth", "The KV cache is filled with random values up to a depth instead of being computed; then one batch of "
            + "prefill and "
            + "the answer are real. Fast, and always labelled: it has no TTFT of the whole prompt."),
        new("incremental depth", "One prompt grows through all contexts, with an answer at each: a conversation turn by turn."),
        new("resumed", "A trial whose KV cache is loaded from storage instead of being computed."),
        new("embedded server", "Real llama.cpp in a process of its own, with a synthetic model: a real architecture whose weights are "
            + "random. "
            + "Random weights cost as much as trained ones."),
        new("nano, small, 1b", "Sizes of synthetic models. nano has 22 million parameters and fits in a processor's cache."),
        new("mixture of experts (MoE)", "A model of which each token computes only a few experts of every layer. moe-small and moe-1b are "
            + "synthetic ones."),
        new("q8_0, q4_0", "Element types of 8 and 4 bits with a shared scale for 32 elements, for weights or the KV cache."),
        new("warm-up", "A trial before the first measured one; stored, and excluded from every figure."),
        new("repetition", "Another trial of the same context. A difference needs five pairs of them."),
        new("doubt", "A reason not to trust a trial: a cache hit, another token count, other programs on the machine."),
        new("interference", "Other programs or other clients took processors, memory or the server during a trial."),
    ];

    /// <summary>The words as Markdown, each with a heading that can be linked.</summary>
    public static string ToMarkdown() => string.Join('\n', All.Select(term => $"### {term.Term}\n\n{term.Meaning}\n"));

    /// <summary>The words with these names, in this order.</summary>
    /// <exception cref="FormatException">A word is not in the glossary.</exception>
    public static IReadOnlyList<GlossaryTerm> Find(IEnumerable<string> names) =>
    [
        .. names.Select(name => All.FirstOrDefault(term => string.Equals(term.Term, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"'{name}' is not in the glossary: {string.Join(", ", All.Select(term => term.Term))}")),
    ];
}
