using MemoryWall.Audit.Readers;
using MemoryWall.Audit.Rules;
using MemoryWall.Runs;

namespace MemoryWall.Audit;

/// <summary>
/// Reads results of llama-bench, vLLM, guidellm, AIPerf, Ollama and of this engine, and looks for what would make them false. A file is
/// never trusted: what cannot be read is a note, not an error.
/// </summary>
internal static class Auditor
{
    private static readonly IResultReader[] s_readers = [new GuideLlmReader(), new AiPerfReader(), new VllmReader(),
        new LlamaBenchReader(), new OllamaReader()];

    private static readonly IAuditRule[] s_rules =
    [
        new TruncatedPromptRule(), new WrongLengthPromptRule(), new WarmCacheRule(), new ZeroTokenSuccessRule(),
        new ZeroDurationRateRule(), new MeanOfFailuresRule(), new PeakPickedRule(),
        new MissingWarmUpRule(), new OrderEffectRule(), new InconsistentFiguresRule(), new ImpossibleRateRule(),
    ];

    /// <summary>The rules, by name, with where each was learnt.</summary>
    public static IReadOnlyDictionary<string, RuleOrigin> Rules { get; } = s_rules.ToDictionary(rule => rule.Name, rule => rule.Origin);

    /// <summary>Audits a file, or the folder of a stored run.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="settings">What the user knows beside.</param>
    /// <exception cref="IOException">It cannot be read at all; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static AuditedFile AuditPath(string path, AuditSettings settings)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(settings);
        if (FindRunFolder(path) is { } folder)
            return ApplyRules(StoredRunReader.Read(folder), settings);
        if (Directory.Exists(path))
            throw new IOException($"'{path}' is a folder, and no run is in it");
        return AuditText(Path.GetFileName(path), ReadText(path), settings);
    }

    // A file's length is a claim: a device has none and never ends.
    private static string ReadText(string path)
    {
        using var file = File.OpenRead(path);
        using var bytes = new MemoryStream();
        var piece = new byte[1 << 16];
        for (int read; (read = file.Read(piece)) > 0;)
        {
            bytes.Write(piece, 0, read);
            if (bytes.Length > ResultText.MaxBytes)
                throw new IOException(
                    FormattableString.Invariant($"'{path}' is longer than {ResultText.MaxBytes} bytes; results of up to that are read"));
        }
        bytes.Position = 0;
        return new StreamReader(bytes).ReadToEnd();
    }

    /// <summary>Audits a text.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="text">The result.</param>
    /// <param name="settings">What the user knows beside.</param>
    public static AuditedFile AuditText(string name, string text, AuditSettings settings)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(settings);
        var result = ResultText.FromText(name, text);
        var file = s_readers.Select(reader => reader.Read(result)).FirstOrDefault(read => read is { Records.Count: > 0 })
            ?? new AuditedFile
            {
                Name = name,
                Notes = [
                    string.IsNullOrWhiteSpace(text)
                        ? "it is empty"
                        : "it is no result of llama-bench, vLLM, guidellm, AIPerf or Ollama that can be read, and no folder of a run"]
            };
        return ApplyRules(file with { Notes = [.. result.Notes, .. file.Notes] }, settings);
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
                .. from rule in s_rules from found in rule.Check(known) select new Doubt(rule.Name, found.Sentence, found.Records,
                    rule.Origin)]
        };
    }

    private static string? FindRunFolder(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path));
        var isRun = Directory.Exists(path) || Path.GetFileName(path) is RunFiles.Manifest or RunFiles.Trials;
        return isRun && folder is not null && File.Exists(Path.Combine(folder, RunFiles.Manifest)) ? Path.GetFullPath(folder) : null;
    }
}
