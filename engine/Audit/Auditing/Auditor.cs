using MemoryWall.Analysis.Rules;
using MemoryWall.Audit.Readers;
using MemoryWall.Audit.Rules;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Audit.Auditing;

/// <summary>
/// Reads results of the tools of this field and of this engine, and finds reasons to doubt them. Files are not trusted: an unreadable
/// part is a note, not an error.
/// </summary>
internal static class Auditor
{
    // The readers of JSON come first; among those of text, a paste of results is more than the log around it.
    private static readonly IResultReader[] s_readers =
    [
        new GuideLlmReader(), new AiPerfReader(), new LlamaBenchyReader(), new VllmReader(), new VllmOfflineReader(),
        new AidaptivBenchReader(), new LlamaBenchReader(), new OllamaReader(), new OllamaBenchReader(), new LlamaServerReader(),
        new AiPerfCsvReader(), new GuideLlmCsvReader(), new ServingBlockReader(), new ServerLogReader(),
    ];

    private static readonly AuditRules s_thresholds = ReviewRules.Default.Audit;

    private static readonly IAuditRule[] s_rules =
    [
        new TruncatedPromptRule(s_thresholds), new WrongLengthPromptRule(s_thresholds), new WarmCacheRule(s_thresholds),
        new FlatTtftRule(s_thresholds), new ZeroTokenSuccessRule(), new ZeroDurationRateRule(s_thresholds), new UnmeasuredTtftRule(),
        new UnaccountedTimeRule(s_thresholds), new MeanOfFailuresRule(), new PeakPickedRule(s_thresholds),
        new MissingWarmUpRule(s_thresholds), new OrderEffectRule(s_thresholds), new InconsistentFiguresRule(s_thresholds),
        new ImpossibleRateRule(s_thresholds),
    ];

    /// <summary>The rules, by name, with the origin of each.</summary>
    public static IReadOnlyDictionary<string, RuleOrigin> Rules { get; } = s_rules.ToDictionary(rule => rule.Name, rule => rule.Origin);

    /// <summary>Audits a file, or the folder of a stored run.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="settings">What the user knows and the file does not contain.</param>
    /// <exception cref="IOException">It cannot be read at all; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static AuditedFile AuditPath(string path, AuditSettings settings)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(settings);
        if (FindRunFolder(path) is { } folder)
            return ApplyRules(StoredRunReader.Read(folder), settings);
        if (Directory.Exists(path))
            throw new IOException($"'{path}' is a folder without a run (no run.json); name a result file or the folder of a run");
        // A pipe has no length, and opening one waits for its writer: it would hang.
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            throw new IOException($"'{path}' is empty, or is a pipe or a device; write '-' to read standard input");
        using var file = RegularFile.OpenNamed(path);
        return AuditStream(Path.GetFileName(path), file, settings);
    }

    /// <summary>Audits what a stream contains.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="stream">The stream; it is read to its end.</param>
    /// <param name="settings">What the user knows and the result does not contain.</param>
    /// <exception cref="IOException">It cannot be read, or is too long.</exception>
    public static AuditedFile AuditStream(string name, Stream stream, AuditSettings settings)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        var piece = new byte[1 << 16];
        for (int read; (read = stream.Read(piece)) > 0;)
        {
            bytes.Write(piece, 0, read);
            if (bytes.Length > ResultText.MaxBytes)
                throw new IOException(
                    FormattableString.Invariant($"'{name}' is longer than {ResultText.MaxBytes} bytes, the largest results that are read"));
        }
        return AuditText(name, ResultDecoder.Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)), settings);
    }

    /// <summary>Audits a text.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="text">The result.</param>
    /// <param name="settings">What the user knows and the file does not contain.</param>
    public static AuditedFile AuditText(string name, string text, AuditSettings settings)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(settings);
        var result = ResultText.FromText(name, text);
        var file = s_readers.Select(reader => reader.Read(result)).FirstOrDefault(read => read is not null);
        return file is null
            ? new AuditedFile
            {
                Name = name,
                Notes = [
                    .. result.Notes,
                    string.IsNullOrWhiteSpace(text)
                        ? "the file is empty"
                        : "the file is not a readable result of llama-bench, llama-benchy, llama-server, Ollama, vLLM, SGLang, guidellm, "
                            + "AIPerf or aidaptiv-bench, nor the folder of a run"],
            }
            : ApplyRules(AddLog(file, result) with { Notes = [.. result.Notes, .. file.Notes] }, settings);
    }

    // A paste may have the server's log beside the results: prompts that it cut are evidence against them.
    private static AuditedFile AddLog(AuditedFile file, ResultText text)
    {
        if (file.LogLines.Count > 0 || file.Records.Any(record => record.Truncated is not null))
            return file;
        return file with
        {
            LogLines = LogLines.Find(text.Rest.Split('\n')),
            Records = [.. file.Records, .. ServerLogReader.ReadCuts(text.Rest).Select(
                (cut, place) => cut with { Number = file.Records.Count + place + 1 })],
        };
    }

    private static AuditedFile ApplyRules(AuditedFile file, AuditSettings settings)
    {
        var known = file with
        {
            Records = [.. file.Records.Select(record => record with
            {
                PromptTokensAsked = settings.PromptTokens ?? record.PromptTokensAsked,
                OutputTokensAsked = settings.OutputTokens ?? record.OutputTokensAsked,
                WeightBytes = settings.WeightBytes ?? record.WeightBytes,
            })],
            MemoryBytesPerSecond = settings.MemoryBytesPerSecond ?? file.MemoryBytesPerSecond,
        };
        return known
            with
        {
            Doubts = [
                .. from rule in s_rules
                   from found in rule.Check(known)
                   select new AuditFinding(rule, found.Evidence, found.Records)]
        };
    }

    private static string? FindRunFolder(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path));
        var isRun = Directory.Exists(path) || Path.GetFileName(path) is RunFiles.Manifest or RunFiles.Trials;
        return isRun && folder is not null && File.Exists(Path.Combine(folder, RunFiles.Manifest)) ? Path.GetFullPath(folder) : null;
    }
}
