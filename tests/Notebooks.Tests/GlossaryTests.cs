using System.Text.RegularExpressions;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Reporting.Glossary;

namespace MemoryWall.Notebooks.Tests;

/// <summary>One glossary: the README of the notebooks has the text that the program prints, and links lead to words that exist.</summary>
public partial class GlossaryTests
{
    private const string Heading = "## Glossary\n";
    private static readonly string s_folder = Path.Combine(NotebookFolders.Root, "notebooks");

    [Fact]
    public void Readme_HasTheGlossaryOfTheProgram()
    {
        var path = Path.Combine(s_folder, "README.md");
        var text = File.ReadAllText(path);
        if (Environment.GetEnvironmentVariable("MEMWALL_GOLDEN") == "write")
        {
            text = text[..text.IndexOf("\n### ", StringComparison.Ordinal)].TrimEnd('\n') + "\n\n" + GlossaryTerms.ToMarkdown();
            File.WriteAllText(path, text);
        }
        Assert.Contains(Heading, text, StringComparison.Ordinal);
        Assert.EndsWith("\n\n" + GlossaryTerms.ToMarkdown(), text, StringComparison.Ordinal);
    }

    [Fact]
    public void Notebooks_LinksToTheGlossary_LeadToWords()
    {
        HashSet<string> anchors = ["glossary", .. GlossaryTerms.All.Select(term => term.Anchor)];
        var links = Directory.GetFiles(s_folder, "*.ipynb").SelectMany(file => Link().Matches(File.ReadAllText(file)))
            .Select(link => link.Groups[1].Value).ToList();
        Assert.True(links.Count > 10, "the chapters link to the glossary");
        Assert.All(links, link => Assert.Contains(link, anchors));
    }

    [Fact]
    public void Terms_AreUniqueAndShort() => Assert.All(GlossaryTerms.All.GroupBy(term => term.Anchor), same =>
    {
        Assert.Single(same);
        Assert.InRange(same.First().Meaning.Length, 20, 260);
    });

    [Fact]
    public void Glossary_UnknownWord_IsNamed() => Assert.StartsWith("'riddle' is not in the glossary",
        Assert.Throws<FormatException>(() => Notebook.Glossary("TTFT", "riddle")).Message, StringComparison.Ordinal);

    [Fact]
    public void Glossary_SomeWords_AreShownInTheirOrder()
    {
        var text = Notebook.Glossary("swap", "cap").Text;
        Assert.True(text.IndexOf("swap", StringComparison.Ordinal) < text.IndexOf("cap ", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\]\(README\.md#([a-z0-9_-]+)\)")]
    private static partial Regex Link();
}
