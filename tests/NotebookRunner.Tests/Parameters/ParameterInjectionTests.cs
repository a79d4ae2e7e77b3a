using CsCheck;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Parameters;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MemoryWall.NotebookRunner.Tests.Parameters;

public sealed class ParameterInjectionTests
{
    private const string Declared = """
        string run = "latest"; // a run
        int tokens = 16, more;
        long? budget = null;
        double share = 0.5;
        bool quick = false;
        var name = "x";
        var negative = -1.5;
        int[] contexts = [512, 2048];
        var names = new[] { "a" };
        string? note = null;
        System.TimeSpan limit;
        string @checked = "";
        void Local() { int hidden = 1; }
        """;

    private static NotebookDocument Notebook() =>
        Notebooks.Document(Notebooks.Prose("p"), Notebooks.Code(Declared, "parameters"), Notebooks.Code("run"));

    private static string Injected(params string[] parameters)
    {
        var notebook = Notebook();
        ParameterInjection.Apply(notebook, parameters.Select(Parameter.Parse).ToList());
        var cell = notebook.Cells[2];
        Assert.Equal(["injected-parameters"], cell.Tags);
        Assert.Equal("injected-parameters", (string)cell.Node["id"]!);
        Assert.Equal("run", notebook.Cells[3].Source);
        return cell.Source;
    }

    [Theory]
    [InlineData("run=20261125", "run = \"20261125\";")]
    [InlineData("run=a=b", "run = \"a=b\";")]
    [InlineData("run=", "run = \"\";")]
    [InlineData("tokens=-3", "tokens = -3;")]
    [InlineData("more=7", "more = 7;")]
    [InlineData("budget=9000000000", "budget = 9000000000L;")]
    [InlineData("budget=null", "budget = null;")]
    [InlineData("note=null", "note = null;")]
    [InlineData("share=1e-3", "share = 0.001d;")]
    [InlineData("quick=TRUE", "quick = true;")]
    [InlineData("name=5", "name = \"5\";")]
    [InlineData("negative=2", "negative = 2d;")]
    [InlineData("contexts=512, 2048", "contexts = new int[] { 512, 2048 };")]
    [InlineData("names=a b,c", "names = new string[] { \"a b\", \"c\" };")]
    [InlineData("checked=x", "@checked = \"x\";")]
    [InlineData("run=\"; System.IO.File.Delete(\"x\"); //", "run = \"\\\"; System.IO.File.Delete(\\\"x\\\"); //\";")]
    public void Apply_ValueOfItsType_IsALiteralOfThatType(string parameter, string line) =>
        Assert.Equal($"// Parameters\n{line}", Injected(parameter));

    [Theory]
    [InlineData("nope=1", "its parameters: run, tokens")]
    [InlineData("hidden=1", "no parameter 'hidden'")]
    [InlineData("tokens=2k", "tokens is '2k'; its type is int")]
    [InlineData("tokens=3000000000", "its type is int")]
    [InlineData("tokens=1;x", "its type is int")]
    [InlineData("share=NaN", "its type is double")]
    [InlineData("quick=1", "its type is bool")]
    [InlineData("contexts=1,,2", "int[]")]
    [InlineData("limit=1", "the type of 'limit' is not supported")]
    [InlineData("run", "write NAME=VALUE")]
    [InlineData("=1", "write NAME=VALUE")]
    [InlineData("run; x=1", "no parameter 'run; x'")]
    public void Apply_ValueThatCannotBe_SaysWhatWouldBeRight(string parameter, string part) =>
        Assert.Contains(part, Assert.Throws<ParameterException>(() => Injected(parameter)).Message);

    [Fact]
    public void Apply_GivenTwice_IsRefused() =>
        Assert.Contains("more than once", Assert.Throws<ParameterException>(() => Injected("tokens=1", "tokens=2")).Message);

    [Fact]
    public void Apply_WithoutAParametersCell_IsRefused() =>
        Assert.Contains("no code cell tagged",
            Assert.Throws<ParameterException>(() => ParameterInjection.Apply(Notebooks.Document(Notebooks.Code("1")), [new("a", "1")]))
                .Message);

    [Fact]
    public void Apply_AgainOnItsOwnResult_ReplacesTheInjectedCell()
    {
        var notebook = Notebook();
        ParameterInjection.Apply(notebook, [new("tokens", "1")]);
        ParameterInjection.Apply(notebook, [new("tokens", "2")]);
        Assert.Equal("// Parameters\ntokens = 2;", Assert.Single(notebook.Cells, cell => cell.HasTag("injected-parameters")).Source);
    }

    /// <summary>Whatever text is given, the injected cell is one assignment of exactly that text.</summary>
    [Fact]
    public void Apply_AnyText_StaysText() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["\"\\{}\n\r\t\0\u2028\u2029\u0085';/*@$#!\ud83d\ude00"], 0, 30]).Sample(text =>
        {
            var source = Injected("run=" + text);
            var tree = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script));
            var members = tree.GetCompilationUnitRoot().Members;
            return !tree.GetDiagnostics().Any()
                && members.Count == 1
                && members[0] is GlobalStatementSyntax
                {
                    Statement: ExpressionStatementSyntax
                    { Expression: AssignmentExpressionSyntax { Right: LiteralExpressionSyntax literal } }
                }
                && literal.Token.ValueText == text;
        });

    [Fact]
    public void RunParameters_TakeTheNamesThatTheNotebookUses()
    {
        static IReadOnlyList<Parameter> For(string declared, params string[] runs) =>
            RunParameters.ForRuns(Notebooks.Document(Notebooks.Code(declared, "parameters")), runs);

        Assert.Equal([new("runName", "a")], For("string runName = \"\";", "a"));
        Assert.Equal([new("sample", "a")], For("string target = \"\"; string sample = \"\";", "a"));
        Assert.Equal([new("runNames", "a,b")], For("string runNames = \"\";", "a", "b"));
        Assert.Equal([new("first", "a"), new("second", "b")], For("string first = \"\", second = \"\";", "a", "b"));
        // Figures of further runs are about the same run, and not about samples.
        Assert.Equal([new("runName", "a"), new("kvRuns", "a")], For("string runName = \"\", kvRuns = \"samples/kv-*\";", "a"));
        const string Findings = "string runName = \"\"; string runNames = \"samples/wall-*\";";
        Assert.Equal([new("runName", "a"), new("runNames", "a")], For(Findings, "a"));
        Assert.Equal([new("runName", "a"), new("runNames", "b,c")], For(Findings, "a", "b", "c"));
        Assert.Empty(For("string target = \"\";"));
        Assert.Throws<ParameterException>(() => For("string first = \"\", second = \"\";", "a"));
        Assert.Throws<ParameterException>(() => For("string target = \"\";", "a"));
        Assert.Throws<ParameterException>(() => For("string runName = \"\";", "a", "b"));
    }
}
