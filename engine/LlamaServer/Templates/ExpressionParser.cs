using System.Globalization;
using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>Parses the expressions of Jinja2, with its precedence: filters and tests bind closer than operators.</summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    /// <summary>An expression, or several with commas between them as a tuple.</summary>
    /// <param name="allowsConditional">Whether <c>a if b else c</c> is meant by an <c>if</c>.</param>
    public Expression ParseTuple(bool allowsConditional = true)
    {
        var first = Part();
        if (!tokens.Current.Is(","))
            return first;
        var items = new List<Expression> { first };
        while (tokens.TryTake(","))
        {
            if (EndsTuple())
                break;
            items.Add(Part());
        }
        return new ListOf(items, IsTuple: true);

        Expression Part() => allowsConditional ? Parse() : ParseOr();
    }

    /// <summary>One expression.</summary>
    public Expression Parse()
    {
        tokens.Enter();
        var value = ParseOr();
        while (tokens.TryTake("if"))
        {
            var condition = ParseOr();
            value = new Conditional(condition, value, tokens.TryTake("else") ? Parse() : null);
        }
        tokens.Leave();
        return value;
    }

    /// <summary>What a value is set to: a name, several, or a member of a namespace.</summary>
    public Expression ParseTarget(bool allowsMember)
    {
        var first = ParseTargetName(allowsMember);
        if (!tokens.Current.Is(","))
            return first;
        var items = new List<Expression> { first };
        while (tokens.TryTake(","))
        {
            if (tokens.Current is not { Kind: TokenKind.Name } || tokens.Current.Is("in"))
                break;
            items.Add(ParseTargetName(allowsMember));
        }
        return new ListOf(items, IsTuple: true);
    }

    /// <summary>The filters after a value.</summary>
    public Expression ParseFilters(Expression target)
    {
        while (true)
        {
            if (tokens.Current.Is("|"))
            {
                tokens.Take();
                target = ParseFilter(target);
            }
            else if (tokens.Current.Is("is"))
            {
                target = ParseTest(target);
            }
            else if (tokens.Current.Is("("))
            {
                target = new Call(target, ParseArguments());
            }
            else
            {
                return target;
            }
        }
    }

    /// <summary>A filter's name and arguments.</summary>
    public Filter ParseFilter(Expression target)
    {
        var name = ParseDottedName("a filter");
        return new Filter(target, name, tokens.Current.Is("(") ? ParseArguments() : new Arguments([], []));
    }

    /// <summary>The arguments of a call, with their brackets.</summary>
    public Arguments ParseArguments()
    {
        tokens.Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? allPositional = null;
        Expression? allNamed = null;
        while (!tokens.TryTake(")"))
        {
            if (positional.Count + named.Count > 0 || allPositional is not null || allNamed is not null)
            {
                tokens.Expect(",");
                if (tokens.TryTake(")"))
                    break;
            }
            if (tokens.TryTake("**"))
                allNamed = Parse();
            else if (tokens.TryTake("*"))
                allPositional = Parse();
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Next.Is("="))
                named.Add((ParseNamedName(), Parse()));
            else if (named.Count > 0 || allNamed is not null)
                throw tokens.Error("an argument without a name follows one with a name");
            else
                positional.Add(Parse());
        }
        return new Arguments(positional, named) { AllPositional = allPositional, AllNamed = allNamed };
    }

    private string ParseNamedName()
    {
        var name = tokens.Take().Text;
        tokens.Take();
        return name;
    }

    private Expression ParseTargetName(bool allowsMember)
    {
        if (tokens.TryTake("("))
        {
            tokens.Enter();
            var inner = ParseTarget(allowsMember);
            tokens.Leave();
            tokens.Expect(")");
            return inner;
        }
        var name = tokens.Expect(TokenKind.Name, "a name");
        if (IsReserved(name.Text))
            throw tokens.Error($"'{name.Text}' cannot be set");
        if (allowsMember && tokens.TryTake("."))
            return new Member(new Name(name.Text), tokens.Expect(TokenKind.Name, "a name").Text);
        return new Name(name.Text);
    }

    private static bool IsReserved(string name) =>
        name is "true" or "false" or "none" or "True" or "False" or "None";

    private bool EndsTuple() =>
        tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd
        || tokens.Current.Is(")") || tokens.Current.Is("=") || tokens.Current.Is("recursive") || tokens.Current.Is("if");

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (tokens.TryTake("or"))
            left = new Binary("or", left, ParseAnd());
        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (tokens.TryTake("and"))
            left = new Binary("and", left, ParseNot());
        return left;
    }

    private Expression ParseNot()
    {
        if (!tokens.TryTake("not"))
            return ParseComparison();
        tokens.Enter();
        var operand = ParseNot();
        tokens.Leave();
        return new Unary("not", operand);
    }

    private Expression ParseComparison()
    {
        var first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && tokens.Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
                rest.Add((tokens.Take().Text, ParseSum()));
            else if (tokens.TryTake("in"))
                rest.Add(("in", ParseSum()));
            else if (tokens.Current.Is("not") && tokens.Next.Is("in"))
            {
                tokens.Take();
                tokens.Take();
                rest.Add(("not in", ParseSum()));
            }
            else
                return rest.Count == 0 ? first : new Comparison(first, rest);
        }
    }

    private Expression ParseSum()
    {
        var left = ParseConcatenation();
        while (tokens.Current.Is("+") || tokens.Current.Is("-"))
            left = new Binary(tokens.Take().Text, left, ParseConcatenation());
        return left;
    }

    private Expression ParseConcatenation()
    {
        var left = ParseProduct();
        while (tokens.TryTake("~"))
            left = new Binary("~", left, ParseProduct());
        return left;
    }

    private Expression ParseProduct()
    {
        var left = ParsePower();
        while (tokens.Current.Kind == TokenKind.Operator && tokens.Current.Text is "*" or "/" or "//" or "%")
            left = new Binary(tokens.Take().Text, left, ParsePower());
        return left;
    }

    private Expression ParsePower()
    {
        var left = ParseUnary(true);
        while (tokens.TryTake("**"))
            left = new Binary("**", left, ParseUnary(true));
        return left;
    }

    private Expression ParseUnary(bool withFilters)
    {
        tokens.Enter();
        var isSigned = tokens.Current.Is("-") || tokens.Current.Is("+");
        var value = isSigned ? new Unary(tokens.Take().Text, ParseUnary(false)) : ParsePrimary();
        value = ParsePostfix(value);
        if (withFilters)
            value = ParseFilters(value);
        tokens.Leave();
        return value;
    }

    private Expression ParsePrimary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return token.Text switch
                {
                    "true" or "True" => new Constant(true),
                    "false" or "False" => new Constant(false),
                    "none" or "None" => new Constant(None.Value),
                    _ => new Name(token.Text),
                };
            case TokenKind.String:
                return new Constant(ParseStrings());
            case TokenKind.Integer:
                tokens.Take();
                return new Constant(ParseInteger(token.Text));
            case TokenKind.Float:
                tokens.Take();
                return new Constant(double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
            default:
                return token.Text switch
                {
                    "(" when token.Kind == TokenKind.Operator => ParseBrackets(),
                    "[" when token.Kind == TokenKind.Operator => ParseList(),
                    "{" when token.Kind == TokenKind.Operator => ParseDictionary(),
                    _ => throw tokens.Error($"there is {token.Describe()} where a value is expected"),
                };
        }
    }

    private string ParseStrings()
    {
        var first = tokens.Take().Text;
        if (tokens.Current.Kind != TokenKind.String)
            return first;
        var text = new StringBuilder(first);
        while (tokens.Current.Kind == TokenKind.String)
            text.Append(tokens.Take().Text);
        return text.ToString();
    }

    private object ParseInteger(string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        try
        {
            return digits.Length > 2 && char.IsAsciiLetter(digits[1])
                ? Convert.ToInt64(digits[2..], char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, _ => 2 })
                : long.Parse(digits, CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw tokens.Error($"{(text.Length > 40 ? text[..40] + "…" : text)} is not a whole number of 64 bits");
        }
    }

    private Expression ParseBrackets()
    {
        tokens.Expect("(");
        if (tokens.TryTake(")"))
            return new ListOf([], IsTuple: true);
        var value = ParseTuple();
        tokens.Expect(")");
        return value;
    }

    private ListOf ParseList()
    {
        tokens.Expect("[");
        var items = new List<Expression>();
        while (!tokens.TryTake("]"))
        {
            if (items.Count > 0)
            {
                tokens.Expect(",");
                if (tokens.TryTake("]"))
                    break;
            }
            items.Add(Parse());
        }
        return new ListOf(items, IsTuple: false);
    }

    private DictionaryOf ParseDictionary()
    {
        tokens.Expect("{");
        var items = new List<(Expression, Expression)>();
        while (!tokens.TryTake("}"))
        {
            if (items.Count > 0)
            {
                tokens.Expect(",");
                if (tokens.TryTake("}"))
                    break;
            }
            var key = Parse();
            tokens.Expect(":");
            items.Add((key, Parse()));
        }
        return new DictionaryOf(items);
    }

    private Expression ParsePostfix(Expression target)
    {
        while (true)
        {
            if (tokens.TryTake("."))
                target = ParseMember(target);
            else if (tokens.TryTake("["))
                target = ParseSubscript(target);
            else if (tokens.Current.Is("("))
                target = new Call(target, ParseArguments());
            else
                return target;
        }
    }

    private Expression ParseMember(Expression target)
    {
        if (tokens.Current.Kind == TokenKind.Integer)
            return new Item(target, new Constant(ParseInteger(tokens.Take().Text)));
        return new Member(target, tokens.Expect(TokenKind.Name, "a name or a number").Text);
    }

    private Expression ParseSubscript(Expression target)
    {
        var start = tokens.Current.Is(":") ? null : ParseTuple();
        if (!tokens.Current.Is(":"))
        {
            tokens.Expect("]");
            return new Item(target, start!);
        }
        var stop = tokens.TryTake(":") ? ParseBound() : null;
        var step = tokens.TryTake(":") ? ParseBound() : null;
        tokens.Expect("]");
        return new Slice(target, start, stop, step);
    }

    private Expression? ParseBound() => tokens.Current.Is(":") || tokens.Current.Is("]") ? null : Parse();

    private Test ParseTest(Expression target)
    {
        tokens.Expect("is");
        var isNegated = tokens.TryTake("not");
        var name = ParseDottedName("a test");
        var arguments = new Arguments([], []);
        if (tokens.Current.Is("("))
            arguments = ParseArguments();
        else if (StartsArgument())
            arguments = new Arguments([ParsePostfix(ParsePrimary())], []);
        return new Test(target, name, arguments, isNegated);
    }

    private bool StartsArgument() => tokens.Current.Kind switch
    {
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and" or "if" or "is" or "in" or "not" or "recursive"),
        _ => tokens.Current.Is("[") || tokens.Current.Is("{"),
    };

    private string ParseDottedName(string what)
    {
        var name = tokens.Expect(TokenKind.Name, what).Text;
        while (tokens.TryTake("."))
            name += "." + tokens.Expect(TokenKind.Name, what).Text;
        return name;
    }
}
