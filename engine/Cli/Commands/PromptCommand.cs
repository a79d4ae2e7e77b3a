using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Units;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall prompt</c>.</summary>
internal sealed class PromptOptions : CommandSettings
{
    [CommandArgument(0, "[TOKENS]")]
    [Description("Tokens of the prompt: 2048 or 2k")]
    public string? Tokens { get; init; }

    [CommandOption("--count <FILE>")]
    [Description("Count the tokens of this text file instead of printing a prompt")]
    public string? CountFile { get; init; }

    [CommandOption("-m|--model <MODEL>")]
    [Description("The model whose vocabulary is used: a preset, a shape or a GGUF file")]
    [DefaultValue("nano")]
    public string Model { get; init; } = "nano";

    [CommandOption("--document <FILE>")]
    [Description("Make the prompt from this text file instead of words from the vocabulary")]
    public string? Document { get; init; }

    [CommandOption("--seed <NUMBER>")]
    [Description("Seed of the words")]
    [DefaultValue(1)]
    public int Seed { get; init; } = 1;

    [CommandOption("--variant <NUMBER>")]
    [Description("Which prompt of this seed: the number of its trial")]
    [DefaultValue(1)]
    public int Variant { get; init; } = 1;

    [CommandOption("--nonce <WORDS>")]
    [Description("The nonce of a stored trial whose prompt is printed again")]
    public string? Nonce { get; init; }
}

/// <summary><c>memwall prompt</c>: prints a prompt of exactly N tokens, or counts a text.</summary>
internal sealed class PromptCommand : AsyncCommand<PromptOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, PromptOptions options, CancellationToken cancellationToken)
    {
        if (options.Tokens is null == options.CountFile is null)
            throw new FormatException("TOKENS and --count: write exactly one of the two; for example memwall prompt 2k");
        var path = await OptionFiles.EnsureModelAsync(options.Model, cancellationToken).ConfigureAwait(false);
        var vocabulary = ReadVocabulary(options.Model, path)
            ?? throw new FormatException($"--model: '{options.Model}' contains no vocabulary");
        return options.CountFile is { } file
            ? WriteCount(vocabulary, file)
            : await PrintAsync(vocabulary, options, OptionParser.Parse("TOKENS", () => TokenCount.Parse(options.Tokens!)),
                cancellationToken).ConfigureAwait(false);
    }

    private static Vocabulary? ReadVocabulary(string model, string path)
    {
        try
        {
            return VocabularyReader.Read(GenerativeModel.ReadFile(path));
        }
        catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--model: '{model}' cannot be used: {error.Message}", error);
        }
    }

    private static int WriteCount(Vocabulary vocabulary, string file)
    {
        var count = new TokenCounter(vocabulary).Count(OptionFiles.ReadText("--count", file));
        if (count.Tokens is not { } tokens)
            throw new FormatException($"--count: '{file}' cannot be counted: {count.Problem}");
        Console.Out.WriteLine(tokens);
        Terminal.Error.WriteLine($"{(count.IsExact ? "exact" : "estimated")}, {count.Tokenizer}");
        return ExitCodes.Success;
    }

    private static async Task<int> PrintAsync(Vocabulary vocabulary, PromptOptions options, TokenCount tokens,
        CancellationToken cancellation)
    {
        var settings = new PromptSettings
        {
            Kind = options.Document is null ? PromptKind.Words : PromptKind.Document,
            Seed = options.Seed,
            DocumentText = options.Document is { } document ? OptionFiles.ReadText("--document", document) : null,
        };
        var prompts = await PromptFactory.CreateAsync(vocabulary, null, settings, cancellation).ConfigureAwait(false);
        var result = prompts.Problem is { } problem
            ? new PromptResult(null, problem)
            : await prompts.BuildAsync(tokens.Value, options.Variant, options.Nonce, cancellation).ConfigureAwait(false);
        if (result.Prompt is not { } prompt)
            throw new FormatException($"no prompt of {tokens.Value} tokens: {result.Problem}");
        // A pipe gets the prompt as it is. A terminal would obey what the document has in it.
        Console.Out.Write(Console.IsOutputRedirected ? prompt.Text : SafeText.RemoveUnsafe(prompt.Text));
        Terminal.Error.WriteLine(
            $"{prompt.TokenCount} tokens, of which the target adds {prompts.AddedTokens}; {prompts.CountingMethod}; nonce: {prompt.Nonce}");
        return ExitCodes.Success;
    }
}
