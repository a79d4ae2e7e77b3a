using MemoryWall.Core.Tables;

namespace MemoryWall.Runs.Schema;

/// <summary>The fields of <c>run.json</c>.</summary>
internal static class ManifestSchema
{
    public static IReadOnlyList<FieldDoc> Fields { get; } =
    [
        new("schema_version", "", "The version of this schema: 2. Version 1 stored doubts among the flags; it is still read.",
            FieldDoc.Never),
        new("run_id", "", "The run's id, which is also the name of its folder.", FieldDoc.Never),
        new("started_utc", "", "Wall time at the origin of the run's clock. It is the only wall time in a run.", FieldDoc.Never),
        new("plan", "",
            "What was requested: target, contexts, output tokens, repetitions, warm-ups, concurrency, seed, order, limits (seconds), "
                + "options of the target with its storage tier, memory cap, method, prompt, exporters, and the search for the wall, the "
                + "crossover or a precision.",
            FieldDoc.Never),
        new("machine", "",
            "The machine: operating system, processor, cores, memory (bytes), GPUs, power, thermal state. A part that could not be read is "
                + "null.",
            FieldDoc.Never),
        new("target", "",
            "The target: protocol, endpoint without credentials, server version, model and its shape, what it can report, and further "
                + "details in its own words.",
            FieldDoc.Never),
        new("engine_version", "", "The version of this engine and, where it is known, its commit.", FieldDoc.Never),
        new("prompt_as", "",
            "How the prompts of single trials are sent: `text`, which the server tokenizes, or `ids` of its vocabulary. Incremental passes "
                + "and synthetic depth, which have no TTFT, are sent as `ids` unless the plan says otherwise.",
            "The file is of a version that did not store it."),
        new("document_sha256", "",
            "The SHA-256 of the plan's document when the run began. A run goes on only with the same text.",
            "The prompts need no document, it was a pipe, or the file is of a version that did not store it."),
        new("versions", "", "The versions of packages and libraries, by name.", FieldDoc.Never),
        new("notes", "", "Findings of preflight that did not stop the run.", FieldDoc.Never),
        new("telemetry", "",
            "The columns of the telemetry, the block devices of model and swap, the sources that were unavailable, with reasons, and the "
                + "exporters that were read: the prefix of their columns, their source and their address.",
            "No telemetry was recorded."),
        new("ceilings", "",
            "The memory bandwidth (bytes/s) and f32 rate (operations/s) that the processors reached in two short tests before the run. "
                + "Each is null where other programs used too much of the processors in every pass.",
            "They were not measured."),
        new("label", "", "The run's name in the user's words. A later name is in label.json.", "None was given."),
        new("note", "", "The user's note about the run. A later note is in label.json.", "None was given."),
        new("comparison", "",
            "The comparison that the run belongs to: its id, and the plan that its systems share before the settings of each.",
            "The run was not part of a comparison."),
    ];
}
