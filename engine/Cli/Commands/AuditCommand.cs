using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Reporting.Json;
using MemoryWall.Runs.Json;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall audit</c>.</summary>
internal sealed class AuditOptions : CommandSettings
{
    /// <summary>Stands for standard input after <see cref="MarkStandardInput"/>.</summary>
    public const string StandardInput = ":standard input:";

    /// <summary>The arguments with another word for a lone hyphen, which the parser takes for an option without a name.</summary>
    public static string[] MarkStandardInput(string[] args) =>
        args is ["audit", ..] ? [.. args.Select(argument => argument == "-" ? StandardInput : argument)] : args;

    [CommandArgument(0, "[FILE]")]
    [Description("Results or console output of llama-bench, llama-benchy, llama-server, Ollama, vllm bench, SGLang, guidellm, AIPerf or "
        + "aidaptiv-bench, logs of Ollama and llama.cpp, or folders of runs. '-' is standard input")]
    public string[] Files { get; init; } = [];

    [CommandOption("--prompt-tokens <COUNT>")]
    [Description("Requested prompt tokens, where the file does not contain them")]
    [Example(2048)]
    public int? PromptTokens { get; init; }

    [CommandOption("--output-tokens <COUNT>")]
    [Description("Requested output tokens, where the file does not contain them")]
    [Example(64)]
    public int? OutputTokens { get; init; }

    [CommandOption("--memory-bandwidth <BYTES>")]
    [Description("Peak bandwidth a second of the memory with the weights, for example 100GB. Faster results are doubted")]
    public string? MemoryBandwidth { get; init; }

    [CommandOption("--weights <BYTES>")]
    [Description("Size of the weights, for example 4.9GB, where the file does not contain it")]
    public string? Weights { get; init; }

    [CommandOption("--rules")]
    [Description("List the rules and the public issues behind them")]
    public bool Rules { get; init; }

    [CommandOption("--json")]
    [Description("Write JSON with all records to standard output")]
    public bool Json { get; init; }

    public AuditSettings ToSettings() => new()
    {
        PromptTokens = PromptTokens,
        OutputTokens = OutputTokens,
        MemoryBytesPerSecond = OptionParser.ParseSize("--memory-bandwidth", MemoryBandwidth)?.Bytes,
        WeightBytes = OptionParser.ParseSize("--weights", Weights)?.Bytes,
    };
}

/// <summary><c>memwall audit</c>: reasons to doubt the results of a benchmark.</summary>
internal sealed class AuditCommand : AsyncCommand<AuditOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, AuditOptions options, CancellationToken cancellationToken)
    {
        if (options.Rules)
            return ListRules(options.Json);
        if (options.Files.Length == 0)
            throw new FormatException("FILE is missing; write one or more files, or --rules");
        var settings = options.ToSettings();
        var files = new List<AuditedFile>();
        foreach (var path in options.Files)
        {
            // Reading cannot be cancelled where a device does not answer; the command ends then all the same.
            files.Add(await Task.Run(() => Read(path, settings), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        if (options.Json)
            Console.Out.WriteLine(ReportJson.ToJson(files)!.ToJsonString(FactsJson.Indented));
        else
            files.ForEach(file => AuditReportWriter.Write(Terminal.Out, file));
        // A file of an unknown format was not audited, which must not look like a file without doubts.
        return files.All(file => file.Tool is not null) ? ExitCodes.Success : ExitCodes.Store;
    }

    // A file that cannot be opened does not hide the others.
    private static AuditedFile Read(string path, AuditSettings settings)
    {
        try
        {
            return path == AuditOptions.StandardInput
                ? Auditor.AuditStream("standard input", Console.OpenStandardInput(), settings)
                : Auditor.AuditPath(path, settings);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new AuditedFile { Name = path, Notes = [error.Message] };
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
