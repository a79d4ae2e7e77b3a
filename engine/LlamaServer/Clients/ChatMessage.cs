using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>A message of a chat.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Text">What is said; the parts of a message in parts one a line, as llama.cpp joins them.</param>
internal sealed record ChatMessage(string Role, string Text)
{
    /// <summary>The texts of a message in parts; null for a message in one piece.</summary>
    public IReadOnlyList<string>? Parts { get; init; }

    /// <summary>Other fields that templates know, by name.</summary>
    public IReadOnlyList<(string Name, object Value)> Fields { get; init; } = [];

    /// <summary>The message as a template sees it.</summary>
    /// <param name="form">How the template takes contents.</param>
    public TemplateDictionary ToValue(ContentForm form)
    {
        var value = new TemplateDictionary();
        value.Set("role", Role);
        value.Set("content", form == ContentForm.Parts || (form == ContentForm.Both && Parts is not null) ? ToParts() : Text);
        foreach (var (name, field) in Fields)
            value.Set(name, field);
        return value;
    }

    private TemplateList ToParts() => new([.. (Parts ?? [Text]).Select(text =>
    {
        var part = new TemplateDictionary();
        part.Set("type", "text");
        part.Set("text", text);
        return (object)part;
    })]);
}

/// <summary>How a template takes the content of a message.</summary>
internal enum ContentForm
{
    Text,
    Parts,
    Both,
}
