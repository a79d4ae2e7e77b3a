using System.Text;
using MemoryWall.NotebookRunner.Documents;
using Microsoft.CodeAnalysis.CSharp;

namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>
/// Sets a notebook's parameters the way papermill does: a cell tagged <c>injected-parameters</c> after the one tagged <c>parameters</c>.
/// Values are converted to the declared type of the variable.
/// </summary>
internal static class ParameterInjection
{
    private const string Heading = "// Parameters\n";

    /// <exception cref="ParameterException">A parameter does not fit the notebook.</exception>
    public static void Apply(NotebookDocument notebook, IReadOnlyList<Parameter> parameters)
    {
        if (parameters.Count == 0)
            return;
        var at = notebook.Cells.ToList().FindLastIndex(cell => cell.IsCode && cell.HasTag(NotebookCell.ParametersTag));
        if (at < 0)
            throw new ParameterException(
                $"--parameter: the notebook has no code cell tagged '{NotebookCell.ParametersTag}', so it has no parameters");
        var source = GenerateCode(parameters, ParameterDeclarations.Read(notebook.Cells[at].Source));
        notebook.RemoveTagged(NotebookCell.InjectedTag);
        at = notebook.Cells.ToList().FindLastIndex(cell => cell.IsCode && cell.HasTag(NotebookCell.ParametersTag));
        notebook.InsertCode(at + 1, NotebookCell.InjectedTag, source, NotebookCell.InjectedTag);
    }

    /// <summary>The source of a cell for readers of a page: parameters without the values that were replaced, and without the first line
    /// of the cell that replaces them.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="injected">The cell that replaces parameters of the notebook; null where none does.</param>
    public static string Describe(NotebookCell cell, NotebookCell? injected)
    {
        if (cell.HasTag(NotebookCell.InjectedTag))
            return cell.Source.StartsWith(Heading, StringComparison.Ordinal) ? cell.Source[Heading.Length..] : cell.Source;
        return injected is null || !cell.HasTag(NotebookCell.ParametersTag)
            ? cell.Source
            : ParameterDeclarations.Remove(cell.Source, ParameterDeclarations.ReadAssigned(injected.Source));
    }

    private static string GenerateCode(IReadOnlyList<Parameter> parameters, IReadOnlyDictionary<string, ParameterType?> declared)
    {
        var source = new StringBuilder(Heading);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            if (!declared.TryGetValue(name, out var type))
                throw new ParameterException($"--parameter: the notebook has no parameter '{name}'; its parameters: {List(declared.Keys)}");
            if (!seen.Add(name))
                throw new ParameterException($"--parameter: '{name}' is given more than once");
            if (type is null)
                throw new ParameterException(
                    $"--parameter: the type of '{name}' is not supported; supported types: {List(ParameterType.Keywords)}, "
                    + "and arrays of them");
            // The name of a variable can be a keyword, as in @checked.
            var identifier = SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;
            source.Append(identifier).Append(" = ").Append(Literal(name, value, type)).Append(";\n");
        }
        return source.ToString().TrimEnd('\n');
    }

    private static string Literal(string name, string value, ParameterType type)
    {
        try
        {
            return type.ToLiteral(value);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw new ParameterException(
                $"--parameter: {name} is '{value}'; its type is {type}{(type.IsArray ? ", with commas between values" : "")}");
        }
    }

    private static string List(IEnumerable<string> names) => names.Any() ? string.Join(", ", names) : "none";
}
