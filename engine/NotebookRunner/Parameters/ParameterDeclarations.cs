using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>The variables that a <c>parameters</c> cell declares, read from its syntax.</summary>
internal static class ParameterDeclarations
{
    /// <summary>The variables with their types. The type is null if its values cannot be written as text.</summary>
    public static IReadOnlyDictionary<string, ParameterType?> Read(string source)
    {
        var declared = new Dictionary<string, ParameterType?>(StringComparer.Ordinal);
        foreach (var field in Parse(source).Members.OfType<FieldDeclarationSyntax>())
            foreach (var variable in field.Declaration.Variables)
                declared[variable.Identifier.ValueText] = TypeOf(field.Declaration.Type, variable.Initializer?.Value);
        return declared;
    }

    /// <summary>The variables that statements of a cell assign.</summary>
    public static IReadOnlySet<string> ReadAssigned(string source) => Parse(source).Members.OfType<GlobalStatementSyntax>()
        .Select(member => (member.Statement as ExpressionStatementSyntax)?.Expression).OfType<AssignmentExpressionSyntax>()
        .Select(assignment => assignment.Left).OfType<IdentifierNameSyntax>().Select(name => name.Identifier.ValueText)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The source without the declarations of some variables.</summary>
    public static string Remove(string source, IReadOnlySet<string> names)
    {
        var root = Parse(source);
        var removed = root.Members.OfType<FieldDeclarationSyntax>()
            .Where(field => field.Declaration.Variables.All(variable => names.Contains(variable.Identifier.ValueText)));
        return root.RemoveNodes(removed, SyntaxRemoveOptions.KeepNoTrivia)?.ToFullString() ?? "";
    }

    private static CompilationUnitSyntax Parse(string source) => CSharpSyntaxTree
        .ParseText(source, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script)).GetCompilationUnitRoot();

    private static ParameterType? TypeOf(TypeSyntax type, ExpressionSyntax? value) => type switch
    {
        PredefinedTypeSyntax predefined => FromKeyword(predefined.Keyword.ValueText),
        NullableTypeSyntax nullable => TypeOf(nullable.ElementType, null) is { } element ? element with { IsNullable = true } : null,
        ArrayTypeSyntax { RankSpecifiers: [{ Rank: 1 }], ElementType: PredefinedTypeSyntax element } =>
            FromKeyword(element.Keyword.ValueText) is { } known ? known with { IsArray = true } : null,
        IdentifierNameSyntax { IsVar: true } when value is not null => TypeOf(value),
        _ => null,
    };

    private static ParameterType? TypeOf(ExpressionSyntax value) => value switch
    {
        LiteralExpressionSyntax { Token.Value: { } constant } => constant switch
        {
            string => FromKeyword("string"),
            bool => FromKeyword("bool"),
            int => FromKeyword("int"),
            long => FromKeyword("long"),
            float => FromKeyword("float"),
            double => FromKeyword("double"),
            decimal => FromKeyword("decimal"),
            _ => null,
        },
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression } minus => TypeOf(minus.Operand),
        ArrayCreationExpressionSyntax { Type: var type } => TypeOf(type, null),
        ImplicitArrayCreationExpressionSyntax { Initializer.Expressions: [var first, ..] } =>
            TypeOf(first) is { IsArray: false } element ? element with { IsArray = true } : null,
        _ => null,
    };

    private static ParameterType? FromKeyword(string keyword) => ParameterType.Keywords.Contains(keyword) ? new(keyword) : null;
}
