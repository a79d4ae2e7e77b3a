using System.Text.Json.Nodes;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using MemoryWall.Cli.Completion;
using MemoryWall.Cli.Help;
using MemoryWall.Runs;

namespace MemoryWall.Cli.Tests;

/// <summary>The project's documents: their links lead somewhere, and the commands that they show exist.</summary>
public sealed class DocumentTests
{
    private static readonly string s_root = Checkout.Find()!;
    private static readonly IReadOnlyDictionary<string, CommandWords> s_commands =
        MemwallApp.ReadCommands().ToDictionary(command => command.Path, StringComparer.Ordinal);

    private static readonly MarkdownPipeline s_markdown = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseAutoIdentifiers(AutoIdentifierOptions.GitHub)
        .Build();

    /// <summary>All documents of the checkout, by their paths in it.</summary>
    public static TheoryData<string> Documents =>
        [.. Directory.EnumerateFiles(s_root, "*.md", new EnumerationOptions
            {
                RecurseSubdirectories = true,
                // Runs, pages and build outputs lie deeper.
                MaxRecursionDepth = 2,
                AttributesToSkip = FileAttributes.System | FileAttributes.ReparsePoint,
            })
            .Select(path => Path.GetRelativePath(s_root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Intersect(["bin", "obj", ".git", "reports"]).Any())
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_Relative_LeadToAFileAndAHeading(string document)
    {
        var path = Path.Combine(s_root, document);
        var wrong = Parse(path).Descendants<LinkInline>()
            .Select(link => link.Url!)
            .Where(url => !url.Contains("://", StringComparison.Ordinal) && !LeadsSomewhere(path, url));
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Commands_OfMemwall_AreKnownWithTheirOptions(string document)
    {
        // What changed is described in the spellings of its time.
        if (document != "CHANGELOG.md")
            Assert.Empty(ReadShownCommands(document).Select(FindProblem).OfType<string>());
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Commands_OfDotnet_NameProjects(string document)
    {
        var wrong = ReadShownLines(document)
            .Select(line => line.Split(" -- ")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["dotnet", "build" or "pack" or "publish" or "run" or "test", ..])
            .Select(words => Array.IndexOf(words, "--project") is >= 0 and var option ? words.ElementAtOrDefault(option + 1)
                : words.ElementAtOrDefault(2))
            .Where(project => project is not (null or ['-', ..] or ['…', ..]) && !project.EndsWith(".cs", StringComparison.Ordinal)
                && !IsProject(project));
        Assert.Empty(wrong);
    }

    [Fact]
    public void ReadmeOfNotebooks_EveryChapter_HasItsTitle()
    {
        var folder = Path.Combine(s_root, "notebooks");
        var readme = File.ReadAllText(Path.Combine(folder, "README.md"));
        var chapters = Directory.GetFiles(folder, "*.ipynb");
        Assert.NotEmpty(chapters);
        Assert.All(chapters, path =>
        {
            var title = JsonNode.Parse(File.ReadAllText(path))!["cells"]!.AsArray()
                .SelectMany(cell => cell!["source"]!.AsArray())
                .Select(line => ((string)line!).Trim())
                .First(line => line.StartsWith("# ", StringComparison.Ordinal))[2..];
            var file = Path.GetFileName(path);
            Assert.Contains($"| [{file[..^6]}]({file}) | {title} |", readme, StringComparison.Ordinal);
        });
    }

    // The tests above pass where they find nothing.
    [Fact]
    public void Commands_OfTheReadme_AreFound()
    {
        Assert.Contains("study --quick", ReadShownCommands("README.md"));
        Assert.Contains(ReadShownCommands("README.md"), command => command.StartsWith("compare ", StringComparison.Ordinal));
        Assert.Contains(ReadShownLines("environment.md"), line => line.StartsWith("dotnet pack ", StringComparison.Ordinal));
        Assert.Contains("--nosuch", FindProblem("sweep --nosuch 1"), StringComparison.Ordinal);
        Assert.Contains("nosuch", FindProblem("nosuch --target embedded"), StringComparison.Ordinal);
        Assert.Contains("regime", FindProblem("help regime"), StringComparison.Ordinal);
        Assert.False(LeadsSomewhere(Path.Combine(s_root, "README.md"), "environment.md#nosuch"));
        Assert.True(LeadsSomewhere(Path.Combine(s_root, "README.md"), "environment.md#telemetry"));
    }

    private static MarkdownDocument Parse(string path) => Markdown.Parse(File.ReadAllText(path), s_markdown);

    private static bool LeadsSomewhere(string document, string url)
    {
        var (target, heading) = url.Split('#') is [var file, var anchor] ? (file, anchor) : (url, null);
        var path = target.Length == 0 ? document : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, target));
        if (heading is null || !path.EndsWith(".md", StringComparison.Ordinal))
            return Path.Exists(path);
        return File.Exists(path)
            && Parse(path).Descendants<HeadingBlock>().Any(block => block.TryGetAttributes()?.Id == heading);
    }

    private static bool IsProject(string path) => Directory.Exists(Path.Combine(s_root, path))
        ? Directory.EnumerateFiles(Path.Combine(s_root, path), "*.csproj").Any()
        : File.Exists(Path.Combine(s_root, path));

    // Lines of code blocks for a shell, and code within sentences.
    private static IEnumerable<string> ReadShownLines(string document)
    {
        var markdown = Parse(Path.Combine(s_root, document));
        var blocks = markdown.Descendants<FencedCodeBlock>()
            .Where(block => block.Info is "sh" or "bash")
            .SelectMany(block => block.Lines.ToString().Replace("\\\n", "", StringComparison.Ordinal).Split('\n'));
        return blocks.Concat(markdown.Descendants<CodeInline>().Select(code => code.Content)).Select(line => line.Trim());
    }

    // Their lines without the name of the program, up to a comment, a pipe or another command.
    private static IEnumerable<string> ReadShownCommands(string document) =>
        from line in ReadShownLines(document)
        from command in line.Split(['|', ';', '#', '>', '(', ')'])[..1].SelectMany(part => part.Split(" && "))
        let words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        let own = words switch
        {
            ["memwall", .. var rest] => rest,
            ["dotnet", var program, .. var rest] when program.EndsWith("memwall.dll", StringComparison.Ordinal) => rest,
            ["dotnet", ..] when command.Contains("engine/Cli -- ", StringComparison.Ordinal) => words[(Array.IndexOf(words, "--") + 1)..],
            ["dotnet", "tool", "exec", "memwall", ..] => words[(Array.IndexOf(words, "--") + 1)..],
            [var first, _, ..] when s_commands.ContainsKey(first) => words,
            _ => [],
        }
        where own.Length > 0
        select string.Join(' ', own);

    // What of a command does not exist; null where all does. The notebook runner is a program of its own.
    private static string? FindProblem(string command)
    {
        var words = command.Split(' ');
        if (words is ["COMMAND" or "--version" or "--help" or "notebook", ..])
            return null;
        if (words is ["help", var topic, ..])
            return topic == "TOPIC" || HelpTopic.All.Any(page => page.Name == topic) ? null : $"{command}: there is no page {topic}";
        var path = "";
        foreach (var word in words)
        {
            if (!s_commands.ContainsKey($"{path} {word}".Trim()))
                break;
            path = $"{path} {word}".Trim();
        }
        if (path.Length == 0)
            return $"{command}: there is no command {words[0]}";
        return words.Where(word => word.StartsWith("--", StringComparison.Ordinal))
            .Select(word => word.Split('=')[0].TrimEnd(',', '.'))
            .Where(option => !s_commands[path].Words.Contains(option))
            .Select(option => $"{command}: memwall {path} has no option {option}")
            .FirstOrDefault();
    }
}
