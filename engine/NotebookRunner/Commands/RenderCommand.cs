using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using MemoryWall.Charts;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Parameters;
using MemoryWall.NotebookRunner.Rendering;
using Spectre.Console.Cli;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary>The options of <c>memwall notebook render</c>.</summary>
internal sealed class RenderOptions : CommandSettings
{
    [CommandArgument(0, "[NOTEBOOK]")]
    [Description("The executed notebooks, in the order of the page; none for a front page alone")]
    public string[] Notebooks { get; init; } = [];

    [CommandOption("-o|--output <FILE>", isRequired: true)]
    [Description("The HTML file to write")]
    public string Output { get; init; } = "";

    [CommandOption("--force")]
    [Description("Replace a file that this program did not make")]
    public bool Force { get; init; }

    [CommandOption("--front <FILE>")]
    [Description("A page before the notebooks: a Markdown file (.md) or an HTML fragment")]
    public string? FrontPage { get; init; }

    [CommandOption("--title <TITLE>")]
    [Description("The page's title (default: the first notebook's first heading)")]
    public string? Title { get; init; }

    [CommandOption("--omit <TAG>")]
    [Description("Leave out the cells with this tag, for example those that a front page already shows")]
    public string? OmittedTag { get; init; }

    [CommandOption("--problem <SENTENCE>")]
    [Description("A sentence about something that is missing from the page; can be repeated")]
    public string[] Problems { get; init; } = [];

    [CommandOption("--provenance <FILE>")]
    [Description("Further runs, machines, versions and input files for the footer, as JSON; can be repeated")]
    public string[] Provenance { get; init; } = [];
}

/// <summary><c>memwall notebook render</c>: one HTML file that needs no network.</summary>
internal sealed class RenderCommand(TextWriter log) : Command<RenderOptions>
{
    private const long LargePageBytes = 6_000_000;

    public override int Execute(CommandContext context, RenderOptions options, CancellationToken cancellationToken)
    {
        if (options.Notebooks.Length == 0 && options.FrontPage is null)
            throw new ParameterException("render: there is nothing to render; name a notebook, or --front FILE");
        NamedOutput.Check(options.Output, [.. options.Notebooks, .. options.Provenance, .. new[] { options.FrontPage }.OfType<string>()],
            options.Force ? _ => true : PageMark.IsOn);
        var page = new HtmlPage { Title = options.Title };
        if (options.FrontPage is { } front)
            page.AddFrontPage(front);
        foreach (var notebook in options.Notebooks)
            page.AddNotebook(notebook, options.OmittedTag);
        foreach (var problem in options.Problems)
            page.AddProblem(problem);
        foreach (var file in options.Provenance)
            page.Provenance.AddFile(file);
        page.Provenance.AddVersion("memwall",
            typeof(RenderCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");
        BoundedFile.ReplaceAtomically(options.Output, page.ToHtml());
        var bytes = new FileInfo(options.Output).Length;
        log.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"{options.Output}: {bytes / 1e6:0.00} MB{(bytes > LargePageBytes ? "; this is large for an e-mail" : "")}"));
        return RunnerExitCodes.Success;
    }
}
