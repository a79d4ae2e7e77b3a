namespace MemoryWall.LlamaServer.Templates;

/// <summary>A chat template as models bring it: a template of Jinja2.</summary>
internal sealed class ChatTemplate
{
    private readonly List<Statement> _body;

    private ChatTemplate(List<Statement> body) => _body = body;

    /// <summary>Parses a template.</summary>
    /// <exception cref="TemplateSyntaxException">It is not a template, or uses what this interpreter does not have.</exception>
    public static ChatTemplate Parse(string source) => new(TemplateParser.Parse(source));

    /// <summary>The text for these variables.</summary>
    /// <param name="variables">The variables by name.</param>
    /// <param name="inputCharacters">Characters of the messages, by which the limits are set.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="TemplateException">The template cannot be rendered with these variables.</exception>
    public string Render(IEnumerable<KeyValuePair<string, object>> variables, long inputCharacters, TimeProvider time) =>
        new Renderer(new RenderBudget(inputCharacters, time), time).Render(_body, variables);
}
