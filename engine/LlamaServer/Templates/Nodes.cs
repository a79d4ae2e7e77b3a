namespace MemoryWall.LlamaServer.Templates;

/// <summary>An expression of a template.</summary>
internal abstract record Expression;

internal sealed record Constant(object Value) : Expression;

internal sealed record Name(string Text) : Expression;

internal sealed record ListOf(List<Expression> Items, bool IsTuple) : Expression;

internal sealed record DictionaryOf(List<(Expression Key, Expression Value)> Items) : Expression;

/// <summary><c>target.name</c>: a method or an attribute, then an item.</summary>
internal sealed record Member(Expression Target, string Name) : Expression;

/// <summary><c>target[key]</c>: an item, then an attribute.</summary>
internal sealed record Item(Expression Target, Expression Key) : Expression;

internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression;

internal sealed record Call(Expression Target, Arguments Arguments) : Expression;

internal sealed record Filter(Expression Target, string Name, Arguments Arguments) : Expression;

internal sealed record Test(Expression Target, string Name, Arguments Arguments, bool IsNegated) : Expression;

internal sealed record Unary(string Operator, Expression Operand) : Expression;

internal sealed record Binary(string Operator, Expression Left, Expression Right) : Expression;

/// <summary><c>a &lt; b &lt; c</c>.</summary>
internal sealed record Comparison(Expression First, List<(string Operator, Expression Operand)> Rest) : Expression;

/// <summary><c>value if condition else other</c>.</summary>
internal sealed record Conditional(Expression Condition, Expression Value, Expression? Other) : Expression;

/// <summary>The arguments of a call as written.</summary>
internal sealed record Arguments(List<Expression> Positional, List<(string Name, Expression Value)> Named)
{
    public Expression? AllPositional { get; init; }

    public Expression? AllNamed { get; init; }
}

/// <summary>A part of a template.</summary>
internal abstract record Statement
{
    /// <summary>The line of the template, from 1.</summary>
    public int Line { get; init; }
}

internal sealed record Text(string Value) : Statement;

internal sealed record Output(Expression Value) : Statement;

internal sealed record If(List<(Expression Condition, List<Statement> Body)> Branches, List<Statement> Else) : Statement;

internal sealed record For(Expression Target, Expression Source, Expression? Condition, List<Statement> Body) : Statement
{
    public List<Statement> Else { get; init; } = [];

    public bool IsRecursive { get; init; }
}

internal sealed record Set(Expression Target, Expression Value) : Statement;

/// <summary><c>{% set x %}…{% endset %}</c>; the text of the body is the variable <see cref="BlockText"/> of the value.</summary>
internal sealed record SetBlock(Expression Target, Expression Value, List<Statement> Body) : Statement
{
    /// <summary>A name that no template can write.</summary>
    public const string BlockText = "\0text";
}

/// <summary><c>{% filter x %}…{% endfilter %}</c>.</summary>
internal sealed record FilterBlock(Expression Value, List<Statement> Body) : Statement;

internal sealed record Macro(string Name, List<(string Name, Expression? Default)> Parameters, List<Statement> Body) : Statement;

/// <summary><c>{% call(…) f() %}…{% endcall %}</c>.</summary>
internal sealed record CallBlock(Macro Caller, Expression Call) : Statement;

/// <summary>A body with names of its own.</summary>
internal sealed record With(List<(Expression Target, Expression Value)> Values, List<Statement> Body) : Statement;

/// <summary>A body whose tag changes nothing about it.</summary>
internal sealed record Group(List<Statement> Body) : Statement;

internal sealed record Do(Expression Value) : Statement;

internal sealed record Jump(bool IsBreak) : Statement;
