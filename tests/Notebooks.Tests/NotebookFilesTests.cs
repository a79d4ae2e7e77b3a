using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks.Tests;

/// <summary>The rules for all notebooks: short cells, outputs of samples only, and metadata for Jupyter and both notebook extensions of VS
/// Code.</summary>
public partial class NotebookFilesTests
{
    private const int MaxLines = 12;
    private static readonly string s_folder = Path.Combine(NotebookFolders.Root, "notebooks");

    public static TheoryData<string> Files =>
        new(Directory.GetFiles(s_folder, "*.ipynb").Select(Path.GetFileName).Order(StringComparer.Ordinal).Select(name => name!));

    [Fact]
    public void StartPage_LinksEveryOtherNotebookOnce()
    {
        var prose = Read("00-start-here.ipynb")["cells"]!.AsArray().Where(cell => (string?)cell!["cell_type"] == "markdown")
            .Select(cell => Source(cell!));
        Assert.Equal(Files.Select(file => file.Data).Where(file => file != "00-start-here.ipynb"),
            Link().Matches(string.Join('\n', prose)).Select(link => link.Groups[1].Value));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Cells_AreThin(string file)
    {
        foreach (var source in Code(file).Select(Source))
        {
            Assert.True(source.Split('\n').Length <= MaxLines, source);
            Assert.False(Loop().IsMatch(source), source);
            Assert.False(Arithmetic().IsMatch(Text().Replace(source, "\"\"")), source);
        }
    }

    // The outputs are those of the samples, so that a reader of the repository sees them, and the same on every machine.
    [Theory]
    [MemberData(nameof(Files))]
    public void Outputs_AreOfSamplesAndSmall(string file)
    {
        var text = File.ReadAllText(Path.Combine(s_folder, file));
        Assert.InRange(text.Length, 1, 300_000);
        Assert.DoesNotContain(NotebookFolders.Root, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), text, StringComparison.Ordinal);
        foreach (var cell in Code(file))
        {
            // A cell that measures, or shows this machine, has no output.
            var isLive = cell["execution_count"] is null;
            Assert.True(!isLive || cell["outputs"]!.AsArray().Count == 0, Source(cell));
            Assert.True(isLive || !Measures().IsMatch(Source(cell)), Source(cell));
            Assert.Equal("csharp", (string?)cell["metadata"]!["polyglot_notebook"]!["kernelName"]);
            var figures = Regex.Count(Source(cell), @"(?:^|display\()Figure\.", RegexOptions.Multiline);
            Assert.Equal(isLive ? 0 : figures,
                cell["outputs"]!.AsArray()
                    .Count(output => output!["data"]?["image/svg+xml"] is not null && output["data"]!["text/html"] is null));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Notebook_LoadsFirstAndHasOneCellOfParameters(string file)
    {
        Assert.Equal("#load \"load.csx\"", Source(Code(file).First()));
        Assert.Single(Code(file), cell => cell["metadata"]!["tags"]?.AsArray().Any(tag => (string?)tag == "parameters") == true);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Notebook_NamesTheKernel(string file)
    {
        var metadata = Read(file)["metadata"]!;
        Assert.Equal(".net-csharp", (string?)metadata["kernelspec"]!["name"]);
        Assert.Equal("polyglot-notebook", (string?)metadata["language_info"]!["name"]);
        Assert.Equal("csharp", (string?)metadata["polyglot_notebook"]!["kernelInfo"]!["defaultKernelName"]);
        Assert.Equal(Read(file)["cells"]!.AsArray().Count,
            Read(file)["cells"]!.AsArray().Select(cell => (string?)cell!["id"]).Distinct().Count());
    }

    [GeneratedRegex(@"\bawait\b|Notebook\.Machine\(\)|Runs\.List\(\)|""latest""")]
    private static partial Regex Measures();

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(s_folder, file)))!;

    private static IEnumerable<JsonNode> Code(string file) =>
        Read(file)["cells"]!.AsArray().Where(cell => (string?)cell!["cell_type"] == "code").Select(cell => cell!);

    private static string Source(JsonNode cell) => string.Concat(cell["source"]!.AsArray().Select(line => (string?)line));

    [GeneratedRegex(@"\]\(([^)]+\.ipynb)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b(for|foreach|while|do)\b\s*[\(\{]")]
    private static partial Regex Loop();

    [GeneratedRegex(@"[\w\)\]]\s*[-+*/%]\s*[\w\(]")]
    private static partial Regex Arithmetic();

    [GeneratedRegex("\"[^\"]*\"|//.*")]
    private static partial Regex Text();
}
