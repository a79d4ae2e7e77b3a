using System.Text;
using LLama;
using LLama.Exceptions;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>
/// The chat template of the model. It is read at the first chat, so that a process that never chats does not hold it. A template that this
/// server cannot read is replaced by llama.cpp's built-in one for it, and where there is none the messages are joined.
/// </summary>
/// <param name="source">The template's text; null where the model has none.</param>
/// <param name="time">The clock, for templates that write the date.</param>
/// <param name="say">Takes a sentence about a template that cannot be read.</param>
internal sealed class ModelTemplate(string? source, TimeProvider time, Action<string> say)
{
    private static readonly ChatMessage s_user = new("user", "q7x1z");
    private static readonly ChatMessage s_system = new("system", "k3v9w");

    private bool _isRead;
    private bool _isBuiltIn;
    private ChatTemplate? _template;
    private ContentForm? _form;
    private bool _knowsSystem = true;

    /// <summary>The prompt of a chat; an assistant's message at its end is continued.</summary>
    /// <exception cref="RefusedException">The template refuses the messages, or cannot be rendered.</exception>
    public string Write(IReadOnlyList<ChatMessage> messages, IReadOnlyDictionary<string, object> variables, SpecialTokens tokens)
    {
        Read();
        if (_template is null && !_isBuiltIn)
            return Join(messages);
        // As llama.cpp's server does it.
        var begun = messages[^1].Role == "assistant" ? messages[^1].Text : "";
        if (messages[^1].Role == "assistant")
        {
            messages = [.. messages.SkipLast(1)];
            variables = ChatVariables.WithoutThinking(variables);
        }
        var text = _template is null ? ApplyBuiltIn(messages) ?? Join(messages) : Apply(_template, messages, variables, tokens);
        return StripAdded(text, tokens) + begun;
    }

    private static string Join(IEnumerable<ChatMessage> messages) => string.Join('\n', messages.Select(message => message.Text));

    // The tokenizer adds these tokens itself.
    private static string StripAdded(string text, SpecialTokens tokens)
    {
        if (tokens is { AddsBegin: true, Begin.Length: > 0 } && text.StartsWith(tokens.Begin, StringComparison.Ordinal))
            text = text[tokens.Begin.Length..];
        return tokens is { AddsEnd: true, End.Length: > 0 } && text.EndsWith(tokens.End, StringComparison.Ordinal)
            ? text[..^tokens.End.Length] : text;
    }

    private void Read()
    {
        if (_isRead)
            return;
        _isRead = true;
        if (string.IsNullOrWhiteSpace(source))
            return;
        try
        {
            if (!source.Contains("{{", StringComparison.Ordinal) && !source.Contains("{%", StringComparison.Ordinal))
                throw new TemplateSyntaxException("there is no tag", 1);
            _template = ChatTemplate.Parse(source);
        }
        catch (TemplateSyntaxException error)
        {
            _isBuiltIn = ApplyBuiltIn([s_user]) is not null;
            say($"the model's chat template cannot be read ({error.Message}); "
                + (_isBuiltIn ? "llama.cpp's built-in template for it is used" : "the messages of a chat are joined, one a line"));
        }
    }

    private string? ApplyBuiltIn(IReadOnlyList<ChatMessage> messages)
    {
        try
        {
            var native = new LLamaTemplate(source!) { AddAssistant = true };
            foreach (var message in messages)
                native.Add(message.Role, message.Text);
            return Encoding.UTF8.GetString(native.Apply());
        }
        catch (RuntimeError)
        {
            return null;
        }
    }

    private string Apply(ChatTemplate template, IReadOnlyList<ChatMessage> messages, IReadOnlyDictionary<string, object> variables,
        SpecialTokens tokens)
    {
        try
        {
            _form ??= Probe(template, tokens);
            if (!_knowsSystem)
                messages = MergeSystem(messages);
            return Render(template, messages, variables, tokens, _form.Value);
        }
        catch (TemplateRefusalException refusal)
        {
            throw new RefusedException(400, $"messages: the model's chat template refuses them: {refusal.Message}");
        }
        catch (TemplateException error)
        {
            throw new RefusedException(500,
                FormattableString.Invariant($"the model's chat template cannot be rendered: line {error.Line}: {error.Message}"));
        }
    }

    private string Render(ChatTemplate template, IReadOnlyList<ChatMessage> messages, IReadOnlyDictionary<string, object> variables,
        SpecialTokens tokens, ContentForm form)
    {
        var all = new Dictionary<string, object>(variables)
        {
            ["messages"] = new TemplateList([.. messages.Select(message => message.ToValue(form))]),
            ["add_generation_prompt"] = true,
            ["bos_token"] = tokens.Begin,
            ["eos_token"] = tokens.End,
        };
        return template.Render(all, messages.Sum(message => (long)message.Text.Length), time);
    }

    // Templates of models that see want contents in parts, and some refuse or ignore a system message.
    private ContentForm Probe(ChatTemplate template, SpecialTokens tokens)
    {
        var text = TryRender(template, [s_user], tokens, ContentForm.Text);
        var parts = TryRender(template, [s_user], tokens, ContentForm.Parts);
        var form = Has(text, s_user) ? text == parts ? ContentForm.Both : ContentForm.Text
            : Has(parts, s_user) ? ContentForm.Parts : ContentForm.Text;
        if (Has(form == ContentForm.Parts ? parts : text, s_user))
            _knowsSystem = Has(TryRender(template, [s_system, s_user], tokens, form), s_system);
        return form;
    }

    private string? TryRender(ChatTemplate template, IReadOnlyList<ChatMessage> messages, SpecialTokens tokens, ContentForm form)
    {
        try
        {
            return Render(template, messages, new Dictionary<string, object>(), tokens, form);
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static bool Has(string? text, ChatMessage message) => text is not null && text.Contains(message.Text, StringComparison.Ordinal);

    private static IReadOnlyList<ChatMessage> MergeSystem(IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count == 0 || messages[0].Role != "system")
            return messages;
        return messages.Count == 1 ? []
            : [messages[1] with { Text = $"{messages[0].Text}\n{messages[1].Text}", Parts = null }, .. messages.Skip(2)];
    }
}
