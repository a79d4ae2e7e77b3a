namespace MemoryWall.LlamaServer.Templates;

/// <summary>A template cannot be rendered with these messages.</summary>
internal class TemplateException(string message) : Exception(message)
{
    /// <summary>The line of the template, from 1; 0 where it is not known.</summary>
    public int Line { get; set; }
}

/// <summary>A text is not a template, or uses what this interpreter does not have.</summary>
internal sealed class TemplateSyntaxException(string message, int line) : Exception(FormattableString.Invariant($"line {line}: {message}"));

/// <summary>The template itself refuses the messages, with <c>raise_exception</c>.</summary>
internal sealed class TemplateRefusalException(string message) : TemplateException(message);
