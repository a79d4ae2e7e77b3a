namespace MemoryWall.LlamaServer.Templates;

/// <summary>The kinds of a template's tokens.</summary>
internal enum TokenKind
{
    /// <summary>Text outside of tags.</summary>
    Text,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its text; of a string what it stands for.</param>
/// <param name="Line">Its line, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string text) => Kind is TokenKind.Name or TokenKind.Operator && Text == text;

    public string Describe() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Text => "text",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.VariableEnd => "'}}'",
        _ => $"'{(Text.Length > 40 ? Text[..40] + "…" : Text)}'",
    };
}
