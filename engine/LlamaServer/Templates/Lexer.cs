using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>
/// Splits a template into tokens by the rules of Jinja2 with <c>trim_blocks</c> and <c>lstrip_blocks</c>, as transformers and llama.cpp set
/// them: the line break after a block and the blanks before one that begins its line are not part of the output.
/// </summary>
internal sealed class Lexer
{
    private readonly List<Token> _tokens = [];
    private readonly string _source;
    private int _at;
    private int _line = 1;

    private Lexer(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = source.EndsWith('\n') ? source[..^1] : source;
    }

    /// <summary>The tokens of a template; the last one is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="TemplateSyntaxException">A tag or a string has no end, or there is a character without a meaning.</exception>
    public static List<Token> Split(string source)
    {
        var lexer = new Lexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        // Whether the text at hand begins its line, although the line break belongs to the tag before.
        var isLineStart = true;
        while (_at < _source.Length)
        {
            var open = FindTag();
            if (open < 0)
            {
                AddText(_source[_at..]);
                break;
            }
            var kind = _source[open + 1];
            var sign = open + 2 < _source.Length && _source[open + 2] is '-' or '+' ? _source[open + 2] : '\0';
            AddText(StripBefore(_source[_at..open], kind, sign, isLineStart));
            Advance(open - _at + (sign == '\0' ? 2 : 3));
            var before = _at;
            if (kind == '#')
                SkipComment();
            else if (kind == '{')
                ReadTag(TokenKind.VariableBegin, TokenKind.VariableEnd, "}}");
            else if (!ReadRaw())
                ReadTag(TokenKind.BlockBegin, TokenKind.BlockEnd, "%}");
            isLineStart = _at > before && _source[_at - 1] == '\n';
        }
        Add(TokenKind.End, "");
    }

    private int FindTag()
    {
        for (var at = _at; (at = _source.IndexOf('{', at)) >= 0 && at + 1 < _source.Length; at++)
            if (_source[at + 1] is '{' or '%' or '#')
                return at;
        return -1;
    }

    private static string StripBefore(string text, char kind, char sign, bool isLineStart)
    {
        if (sign == '-')
            return PythonText.StripEnd(text);
        if (sign == '+' || kind == '{')
            return text;
        var line = text.LastIndexOf('\n') + 1;
        return (line > 0 || isLineStart) && text.AsSpan(line).ToString().All(PythonText.IsSpace) ? text[..line] : text;
    }

    private void SkipComment()
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw Error("the comment has no end");
        Advance(end - _at);
        EndTag(_source[_at - 1], 2);
    }

    // The sign before the closing characters is that of the tag: '-' takes all white space after it, '+' nothing.
    private void EndTag(char sign, int length, bool trimsLine = true)
    {
        Advance(length);
        if (sign == '-')
            SkipSpace();
        else if (trimsLine && sign != '+' && _at < _source.Length && _source[_at] == '\n')
            Advance(1);
    }

    private bool ReadRaw()
    {
        var at = _at;
        if (!TakeWord(ref at, "raw") || !TakeEnd(ref at, out var sign))
            return false;
        Advance(at - _at);
        if (sign == '-')
            SkipSpace();
        for (var open = _at; (open = _source.IndexOf("{%", open, StringComparison.Ordinal)) >= 0; open += 2)
        {
            at = open + 2;
            var before = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
            if (!TakeWord(ref at, "endraw") || !TakeEnd(ref at, out sign))
                continue;
            AddText(StripBefore(_source[_at..open], '%', before, isLineStart: false));
            Advance(at - _at - 2);
            EndTag(sign, 2);
            return true;
        }
        throw Error("the raw block has no end");
    }

    private bool TakeWord(ref int at, string word)
    {
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
            at++;
        if (string.CompareOrdinal(_source, at, word, 0, word.Length) != 0)
            return false;
        at += word.Length;
        return true;
    }

    private bool TakeEnd(ref int at, out char sign)
    {
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
            at++;
        sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
        if (string.CompareOrdinal(_source, at, "%}", 0, 2) != 0)
            return false;
        at += 2;
        return true;
    }

    private void ReadTag(TokenKind begin, TokenKind end, string close)
    {
        Add(begin, "");
        var open = new Stack<char>();
        while (true)
        {
            SkipSpace();
            if (_at >= _source.Length)
                throw Error("the tag has no end");
            var c = _source[_at];
            // Within brackets '}}' closes two of them.
            if (open.Count == 0 && TryEnd(end, close, c))
                return;
            if (c is '"' or '\'')
                ReadString(c);
            else if (char.IsAsciiDigit(c))
                ReadNumber();
            else if (c == '_' || char.IsLetter(c))
                ReadName();
            else
                ReadOperator(open);
        }
    }

    private bool TryEnd(TokenKind end, string close, char c)
    {
        var hasSign = c == '-' || (c == '+' && end == TokenKind.BlockEnd);
        var at = hasSign ? _at + 1 : _at;
        if (string.CompareOrdinal(_source, at, close, 0, 2) != 0)
            return false;
        Add(end, "");
        EndTag(hasSign ? c : '\0', at - _at + 2, end == TokenKind.BlockEnd);
        return true;
    }

    private void ReadName()
    {
        var at = _at;
        while (at < _source.Length && (_source[at] == '_' || char.IsLetterOrDigit(_source[at])))
            at++;
        Take(TokenKind.Name, at - _at);
    }

    private void ReadNumber()
    {
        var at = _at;
        if (_source[at] == '0' && at + 1 < _source.Length && char.ToLowerInvariant(_source[at + 1]) is 'x' or 'b' or 'o')
        {
            at += 2;
            while (at < _source.Length && (char.IsAsciiHexDigit(_source[at]) || _source[at] == '_'))
                at++;
            Take(TokenKind.Integer, at - _at);
            return;
        }
        var kind = TokenKind.Integer;
        SkipDigits(ref at);
        if (at + 1 < _source.Length && _source[at] == '.' && char.IsAsciiDigit(_source[at + 1]) && !FollowsDot())
        {
            kind = TokenKind.Float;
            at++;
            SkipDigits(ref at);
        }
        var exponent = at + 1;
        if (at < _source.Length && _source[at] is 'e' or 'E')
        {
            if (exponent < _source.Length && _source[exponent] is '+' or '-')
                exponent++;
            if (exponent < _source.Length && char.IsAsciiDigit(_source[exponent]))
            {
                kind = TokenKind.Float;
                at = exponent;
                SkipDigits(ref at);
            }
        }
        Take(kind, at - _at);
    }

    // In a.0.1 there is no number 0.1.
    private bool FollowsDot() => _tokens[^1] is { Kind: TokenKind.Operator, Text: "." };

    private void SkipDigits(ref int at)
    {
        while (at < _source.Length && (char.IsAsciiDigit(_source[at]) || _source[at] == '_'))
            at++;
    }

    private void ReadString(char quote)
    {
        var end = _at + 1;
        while (end < _source.Length && _source[end] != quote)
            end += _source[end] == '\\' ? 2 : 1;
        if (end >= _source.Length)
            throw Error("the string has no end");
        var line = _line;
        var text = Escapes.Read(_source.AsSpan(_at + 1, end - _at - 1));
        Advance(end + 1 - _at);
        _tokens.Add(new Token(TokenKind.String, text ?? throw Error("the string has an escape that is not valid"), line));
    }

    private void ReadOperator(Stack<char> open)
    {
        var two = _at + 1 < _source.Length ? _source.Substring(_at, 2) : "";
        if (two is "==" or "!=" or ">=" or "<=" or "//" or "**")
        {
            Take(TokenKind.Operator, 2);
            return;
        }
        var c = _source[_at];
        if (c is '(' or '[' or '{')
            open.Push(c);
        else if (c is ')' or ']' or '}')
            CheckPair(open, c);
        else if (!"+-/*%~=<>.:|,;".Contains(c))
            throw Error($"'{(Rune.TryGetRuneAt(_source, _at, out var rune) ? rune : Rune.ReplacementChar)}' has no meaning here");
        Take(TokenKind.Operator, 1);
    }

    private void CheckPair(Stack<char> open, char c)
    {
        if (!open.TryPop(out var opened))
            throw Error($"'{c}' closes nothing");
        if ((opened, c) is not (('(', ')') or ('[', ']') or ('{', '}')))
            throw Error($"'{c}' does not close '{opened}'");
    }

    private void Take(TokenKind kind, int length)
    {
        Add(kind, _source.Substring(_at, length));
        Advance(length);
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
            Add(TokenKind.Text, text);
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, _line));

    private void SkipSpace()
    {
        var at = _at;
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
            at++;
        Advance(at - _at);
    }

    private void Advance(int length)
    {
        _line += _source.AsSpan(_at, length).Count('\n');
        _at += length;
    }

    private TemplateSyntaxException Error(string message) => new(message, _line);
}
