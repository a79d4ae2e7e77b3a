using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Audit;
using MemoryWall.Core.Units;
using MemoryWall.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall audit</c>.</summary>
internal sealed class AuditOptions : CommandSettings
{
    [CommandArgument(0, "[FILE]")]
    [Description("Results of llama-bench (JSON, JSONL, CSV, SQL, Markdown), vllm bench, guidellm, AIPerf or ollama --verbose, or folders of runs")]
    public string[] Files { get; init; } = [];

    [CommandOption("--prompt-tokens <COUNT>")]
    [Description("Prompt tokens that were asked for, where the file does not say")]
    public int? PromptTokens { get; init; }

    [CommandOption("--output-tokens <COUNT>")]
    [Description("Output tokens that were asked for, where the file does not say")]
    public int? OutputTokens { get; init; }

    [CommandOption("--memory-bandwidth <BYTES>")]
    [Description("Bytes a second that the memory with the weights gives at most, 100GB: rates beyond it are doubted")]
    public string? MemoryBandwidth { get; init; }

    [CommandOption("--weights <BYTES>")]
    [Description("Bytes of weights read for each token, where the file does not say, 4.9GB")]
    public string? Weights { get; init; }

    [CommandOption("--rules")]
    [Description("List the rules and the public issues that taught them")]
    public bool Rules { get; init; }

    [CommandOption("--json")]
    [Description("JSON on standard output, with all records")]
    public bool Json { get; init; }

    public AuditSettings ToSettings() => new()
    {
        PromptTokens = PromptTokens,
        OutputTokens = OutputTokens,
        MemoryBytesPerSecond = ParseSize("--memory-bandwidth", MemoryBandwidth),
        WeightBytes = ParseSize("--weights", Weights),
    };

    private static long? ParseSize(string option, string? text)
    {
        try
        {
            return text is null ? null : ByteSize.Parse(text).Bytes;
        }
        catch (FormatException error)
        {
            throw new FormatException($"{option}: {error.Message}", error);
        }
    }
}

/// <summary><c>memwall audit</c>: reasons to doubt somebody's results.</summary>
internal sealed class AuditCommand : Command<AuditOptions>
{
    public override int Execute(CommandContext context, AuditOptions options, CancellationToken cancellationToken)
    {
        if (options.Rules)
            return ListRules(options.Json);
        if (options.Files.Length == 0)
            throw new FormatException("no file is named; give one or more, or --rules");
        var settings = options.ToSettings();
        var files = options.Files.Select(path => Read(path, settings)).ToList();
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(files, FactsJson.Indented));
        else
            files.ForEach(Write);
        // A file that no reader knows was not audited; that must not look like a clean one.
        return files.All(file => file.Tool is not null) ? ExitCodes.Success : ExitCodes.Store;
    }

    // One of several that cannot be opened does not hide the others.
    private static AuditedFile Read(string path, AuditSettings settings)
    {
        try
        {
            return Auditor.AuditPath(path, settings);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new AuditedFile { Name = path, Notes = [error.Message] };
        }
    }

    private static void Write(AuditedFile file)
    {
        Terminal.Out.WriteLine(
            $"{WordFormat.SingleLine(file.Name)}: {(file.Tool is null ? "not audited" : $"{file.Tool}, {file.Records.Count} record(s), {(file.Doubts.Count == 0 ? "no doubt found" : $"{file.Doubts.Count} doubt(s)")}")}");
        foreach (var note in file.Notes)
            Terminal.Out.WriteLine($"  note: {WordFormat.SingleLine(note)}");
        foreach (var doubt in file.Doubts)
        {
            Terminal.Out.WriteLine($"  {doubt.Rule}: {WordFormat.SingleLine(doubt.Sentence)}");
            Terminal.Out.WriteLine($"    learnt from {doubt.Origin.Issue}: {doubt.Origin.Summary}");
        }
    }

    private static int ListRules(bool json)
    {
        if (json)
            Console.Out.WriteLine(JsonSerializer.Serialize(Auditor.Rules, FactsJson.Indented));
        else
            foreach (var (name, lesson) in Auditor.Rules)
                Terminal.Out.WriteLine($"{name}: {lesson.Summary} ({lesson.Issue})");
        return ExitCodes.Success;
    }
}
