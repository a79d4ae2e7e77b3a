namespace MemoryWall.LlamaServer.Templates;

/// <summary>Parses a template: its text and its tags.</summary>
internal sealed class TemplateParser
{
    // Real templates have some tens of thousands of characters.
    private const int MaxCharacters = 4 << 20;

    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private TemplateParser(List<Token> tokens)
    {
        _tokens = new TokenReader(tokens);
        _expressions = new ExpressionParser(_tokens);
    }

    /// <summary>The statements of a template.</summary>
    /// <exception cref="TemplateSyntaxException">It is not a template, or has a tag that this interpreter does not know.</exception>
    public static List<Statement> Parse(string source)
    {
        if (source.Length > MaxCharacters)
            throw new TemplateSyntaxException(
                FormattableString.Invariant($"the template has {source.Length} characters, and {MaxCharacters} are read"), 1);
        var parser = new TemplateParser(Lexer.Split(source));
        var body = parser.ParseUntil([]);
        return parser._tokens.Current.Kind == TokenKind.End
            ? body
            : throw parser._tokens.Error($"{parser._tokens.Next.Describe()} closes nothing");
    }

    // Ends before the block that begins with one of these words, or at the end of the template.
    private List<Statement> ParseUntil(ReadOnlySpan<string> ends)
    {
        _tokens.Enter();
        var body = new List<Statement>();
        while (_tokens.Current.Kind != TokenKind.End && !IsAt(ends))
        {
            var line = _tokens.Current.Line;
            if (_tokens.Current.Kind == TokenKind.Text)
            {
                body.Add(new Text(_tokens.Take().Text) { Line = line });
            }
            else if (_tokens.Current.Kind == TokenKind.VariableBegin)
            {
                _tokens.Take();
                body.Add(new Output(_expressions.ParseTuple()) { Line = line });
                _tokens.Expect(TokenKind.VariableEnd, "'}}'");
            }
            else
            {
                _tokens.Take();
                body.Add(ParseTag() with { Line = line });
            }
        }
        _tokens.Leave();
        return body;
    }

    private bool IsAt(ReadOnlySpan<string> ends)
    {
        if (_tokens.Current.Kind != TokenKind.BlockBegin || _tokens.Next.Kind != TokenKind.Name)
            return false;
        foreach (var end in ends)
            if (_tokens.Next.Text == end)
                return true;
        // A tag of another block is named by the parser's caller.
        return _tokens.Next.Text.StartsWith("end", StringComparison.Ordinal) || _tokens.Next.Text is "else" or "elif";
    }

    private Statement ParseTag()
    {
        var name = _tokens.Expect(TokenKind.Name, "the name of a tag").Text;
        switch (name)
        {
            case "if":
                return ParseIf();
            case "for":
                return ParseFor();
            case "set":
                return ParseSet();
            case "macro":
                return ParseMacro();
            case "call":
                return ParseCall();
            case "filter":
                return ParseFilterBlock();
            case "with":
                return ParseWith();
            // Marks what a model generated, for training.
            case "generation":
                return new Group(ParseBody("endgeneration"));
            case "do":
                var value = _expressions.ParseTuple();
                EndTag();
                return new Do(value);
            case "break" or "continue":
                if (_loops == 0)
                    throw _tokens.Error($"'{name}' is outside of a loop");
                EndTag();
                return new Jump(name == "break");
            default:
                throw _tokens.Error($"there is no tag '{name}' here");
        }
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "'%}'");

    // The body after the end of the current tag, and the closing tag.
    private List<Statement> ParseBody(string end)
    {
        EndTag();
        return ParseRest(end);
    }

    private List<Statement> ParseRest(string end)
    {
        var body = ParseUntil([end]);
        TakeWord(end);
        EndTag();
        return body;
    }

    private void TakeWord(string word)
    {
        if (_tokens.Current.Kind == TokenKind.End)
            throw _tokens.Error($"'{word}' is missing");
        _tokens.Take();
        _tokens.Expect(word);
    }

    private If ParseIf()
    {
        var branches = new List<(Expression, List<Statement>)>();
        var otherwise = new List<Statement>();
        while (true)
        {
            var condition = _expressions.ParseTuple();
            EndTag();
            branches.Add((condition, ParseUntil(["elif", "else", "endif"])));
            if (_tokens.Current.Kind == TokenKind.End)
                throw _tokens.Error("'endif' is missing");
            _tokens.Take();
            if (_tokens.TryTake("elif"))
                continue;
            if (_tokens.TryTake("else"))
            {
                otherwise = ParseBody("endif");
                return new If(branches, otherwise);
            }
            _tokens.Expect("endif");
            EndTag();
            return new If(branches, otherwise);
        }
    }

    private For ParseFor()
    {
        var target = _expressions.ParseTarget(allowsMember: false);
        _tokens.Expect("in");
        var source = _expressions.ParseTuple(allowsConditional: false);
        var condition = _tokens.TryTake("if") ? _expressions.Parse() : null;
        var isRecursive = _tokens.TryTake("recursive");
        EndTag();
        _loops++;
        var body = ParseUntil(["else", "endfor"]);
        _loops--;
        if (_tokens.Current.Kind == TokenKind.End)
            throw _tokens.Error("'endfor' is missing");
        _tokens.Take();
        var otherwise = new List<Statement>();
        if (_tokens.TryTake("else"))
        {
            otherwise = ParseBody("endfor");
        }
        else
        {
            _tokens.Expect("endfor");
            EndTag();
        }
        return new For(target, source, condition, body) { Else = otherwise, IsRecursive = isRecursive };
    }

    private Statement ParseSet()
    {
        var target = _expressions.ParseTarget(allowsMember: true);
        if (_tokens.TryTake("="))
        {
            var value = _expressions.ParseTuple();
            EndTag();
            return new Set(target, value);
        }
        var filtered = _expressions.ParseFilters(new Name(SetBlock.BlockText));
        return new SetBlock(target, filtered, ParseBody("endset"));
    }

    private Macro ParseMacro()
    {
        var name = _tokens.Expect(TokenKind.Name, "a name").Text;
        return ParseMacro(name, "endmacro");
    }

    private Macro ParseMacro(string name, string end)
    {
        var parameters = ParseParameters();
        return new Macro(name, parameters, ParseFunctionBody(end));
    }

    private List<Statement> ParseFunctionBody(string end)
    {
        // A loop around the macro is not one that its body could leave.
        var loops = _loops;
        _loops = 0;
        var body = ParseBody(end);
        _loops = loops;
        return body;
    }

    private List<(string, Expression?)> ParseParameters()
    {
        _tokens.Expect("(");
        var parameters = new List<(string, Expression?)>();
        while (!_tokens.TryTake(")"))
        {
            if (parameters.Count > 0)
                _tokens.Expect(",");
            var name = _tokens.Expect(TokenKind.Name, "the name of a parameter").Text;
            parameters.Add((name, _tokens.TryTake("=") ? _expressions.Parse() : null));
        }
        return parameters;
    }

    private CallBlock ParseCall()
    {
        var parameters = _tokens.Current.Is("(") ? ParseParameters() : [];
        var call = _expressions.Parse();
        if (call is not Call)
            throw _tokens.Error("the tag 'call' needs the call of a macro");
        return new CallBlock(new Macro("caller", parameters, ParseFunctionBody("endcall")), call);
    }

    private FilterBlock ParseFilterBlock()
    {
        var filtered = _expressions.ParseFilters(_expressions.ParseFilter(new Name(SetBlock.BlockText)));
        return new FilterBlock(filtered, ParseBody("endfilter"));
    }

    private With ParseWith()
    {
        var values = new List<(Expression, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
                _tokens.Expect(",");
            var target = new Name(_tokens.Expect(TokenKind.Name, "a name").Text);
            _tokens.Expect("=");
            values.Add((target, _expressions.Parse()));
        }
        return new With(values, ParseBody("endwith"));
    }
}
