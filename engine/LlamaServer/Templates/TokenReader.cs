namespace MemoryWall.LlamaServer.Templates;

/// <summary>The tokens of a template in order.</summary>
internal sealed class TokenReader(List<Token> tokens)
{
    // Deeper than any template, and far from the end of the stack.
    private const int MaxDepth = 200;
    private int _at;
    private int _depth;

    public Token Current => tokens[_at];

    public Token Next => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Take() => tokens[_at < tokens.Count - 1 ? _at++ : _at];

    /// <summary>Takes the token where it is this name or operator.</summary>
    public bool TryTake(string text)
    {
        if (!Current.Is(text))
            return false;
        _at++;
        return true;
    }

    /// <exception cref="TemplateSyntaxException">The token is another one.</exception>
    public void Expect(string text)
    {
        if (!TryTake(text))
            throw Error($"there is {Current.Describe()} where '{text}' is expected");
    }

    /// <exception cref="TemplateSyntaxException">The token is of another kind.</exception>
    public Token Expect(TokenKind kind, string what) =>
        Current.Kind == kind ? Take() : throw Error($"there is {Current.Describe()} where {what} is expected");

    /// <summary>Counts a level of nesting; <see cref="Leave"/> ends it.</summary>
    /// <exception cref="TemplateSyntaxException">There are too many.</exception>
    public void Enter()
    {
        if (++_depth > MaxDepth)
            throw Error(FormattableString.Invariant($"more than {MaxDepth} levels are nested"));
    }

    public void Leave() => _depth--;

    public TemplateSyntaxException Error(string message) => new(message, Current.Line);
}
