using System.Text.Json;
using MemoryWall.LlamaServer.Clients;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Tests.Templates;

/// <summary>What the server does around a template, as llama.cpp's own server does it.</summary>
public sealed class ModelTemplateTests
{
    private const string System = """{ "role": "system", "content": " S " }""";
    private const string User = """{ "role": "user", "content": "hi" }""";
    private const string Assistant = """{ "role": "assistant", "content": "yo" }""";
    private static readonly SpecialTokens s_added = new("<s>", "</s>", AddsBegin: true, AddsEnd: false);
    private static readonly SpecialTokens s_notAdded = new("<s>", "</s>", AddsBegin: false, AddsEnd: false);

    private readonly List<string> _said = [];

    // What Jinja2 writes for the same variables.
    [Theory]
    [InlineData("chatml", "<|im_start|>system\n S <|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyo<|im_end|>\n"
        + "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("header ids, as Llama 3", "<s><|start_header_id|>system<|end_header_id|>\n\nToday: 1 Jan 2025\n\nS<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nyo<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("turns that must alternate, as Mistral", "<s>[INST]  S \n\nhi [/INST] yo</s>[INST] hi [/INST]")]
    [InlineData("no system role, as Gemma 2", "<s><start_of_turn>user\nS \nhi<end_of_turn>\n<start_of_turn>model\nyo<end_of_turn>\n"
        + "<start_of_turn>user\nhi<end_of_turn>\n<start_of_turn>model\n")]
    [InlineData("texts or parts, as Gemma 3", "<s><start_of_turn>user\n S \n\nhi<end_of_turn>\n<start_of_turn>model\nyo<end_of_turn>\n"
        + "<start_of_turn>user\nhi<end_of_turn>\n<start_of_turn>model\n")]
    [InlineData("lines of blocks, as Phi", "<|system|>\n S <|end|>\n<|user|>\nhi<|end|>\n<|assistant|>\nyo<|end|>\n<|user|>\nhi<|end|>\n"
        + "<|assistant|>\n")]
    [InlineData("thoughts are dropped, as DeepSeek", "<s> S <|User|>hi<|Assistant|>yo</s><|User|>hi<|Assistant|><think>\n")]
    [InlineData("channels and macros, as gpt-oss", "<|start|>system<|message|>You are a model.\nReasoning: low\n\n"
        + "# Valid channels: analysis, commentary, final.<|end|><|start|>developer<|message|># Instructions\n\n S <|end|>"
        + "<|start|>user<|message|>hi<|end|><|start|>assistant<|channel|>final<|message|>yo<|end|><|start|>user<|message|>hi<|end|>"
        + "<|start|>assistant")]
    [InlineData("parts joined by a macro, as GLM", "[gMASK]<sop><|system|>\n S <|user|>\nhi<|assistant|>\nyo<|user|>\nhi<|assistant|>")]
    [InlineData("a switch in the text, as Nemotron", "<S10>System\nS\n\n<S11>User\nhi\n<S11>Assistant\nyo\n<S12>\n<S11>User\nhi\n"
        + "<S11>Assistant\n<think>\n")]
    public void Forms_WriteTheirPrompt(string form, string prompt) =>
        Assert.Equal(prompt, Write(TemplateForms.All[form], s_notAdded, System, User, Assistant, User));

    [Fact]
    public void BeginToken_IsLeftToATokenizerThatAddsIt()
    {
        const string Template = "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}{{ eos_token }}";

        Assert.Equal("<s>hi</s>", Write(Template, s_notAdded, User));
        Assert.Equal("hi</s>", Write(Template, s_added, User));
        Assert.Equal("<s>hi", Write(Template, s_notAdded with { AddsEnd = true }, User));
        Assert.Equal("hi</s>", Write(Template, new SpecialTokens("", "</s>", AddsBegin: true, AddsEnd: false), User));
    }

    [Fact]
    public void LastMessageOfTheAssistant_IsContinued()
    {
        Assert.Equal("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyo",
            Write(TemplateForms.All["chatml"], s_added, User, Assistant));
        // As at llama.cpp, an answer that has begun has no place for thoughts.
        Assert.EndsWith("<|im_start|>assistant\n<think>\n\n</think>\n\nyo",
            Write(TemplateForms.All["thoughts of the last turn, as Qwen 3"], s_added, User, Assistant), StringComparison.Ordinal);
        var error = Assert.Throws<RefusedException>(() => Write(TemplateForms.All["chatml"], s_added, User, Assistant, Assistant));
        Assert.Equal(400, error.Status);
        Assert.StartsWith("messages[2]: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TemplateOfPartsAlone_GetsParts()
    {
        const string Template = "{% for m in messages %}{% for part in m.content if part.type == 'text' %}[{{ part.text }}]"
            + "{% endfor %}{% endfor %}";
        const string Parts = """{ "role": "user", "content": [ { "type": "text", "text": "a" }, { "type": "text", "text": "b" } ] }""";

        Assert.Equal("[hi]", Write(Template, s_added, User));
        Assert.Equal("[a][b]", Write(Template, s_added, Parts));
        Assert.Equal("<start_of_turn>user\nab<end_of_turn>\n<start_of_turn>model\n",
            Write(TemplateForms.All["texts or parts, as Gemma 3"], s_added, Parts));
        Assert.Contains("user\na\nb<|im_end|>", Write(TemplateForms.All["chatml"], s_added, Parts), StringComparison.Ordinal);
    }

    [Fact]
    public void SystemMessageThatATemplateIgnores_JoinsTheNext()
    {
        const string Template = "{% for m in messages if m.role != 'system' %}<{{ m.content }}>{% endfor %}";

        Assert.Equal("< S \nhi>", Write(Template, s_added, System, User));
        Assert.Equal("", Write(Template, s_added, System));
        Assert.Equal("< S \nhi>", Write(Template, s_added, System.Replace("system", "developer", StringComparison.Ordinal), User));
    }

    [Fact]
    public void Refusal_IsTheClientsAndAFaultIsNot()
    {
        var refused = Assert.Throws<RefusedException>(
            () => Write(TemplateForms.All["turns that must alternate, as Mistral"], s_added, User, User));
        var failed = Assert.Throws<RefusedException>(
            () => Write("\n{% for m in messages %}{{ m.content | nosuch }}{% endfor %}", s_added, User));

        Assert.Equal((400, "messages: the model's chat template refuses them: The roles must alternate"),
            (refused.Status, refused.Message));
        Assert.Equal((500, "the model's chat template cannot be rendered: line 2: it uses the filter 'nosuch', which is not known"),
            (failed.Status, failed.Message));
    }

    [Fact]
    public void Variables_OfTheClient_ReachTheTemplateButDoNotReplaceItsMessages()
    {
        const string Template = "{{ messages | length }}{{ enable_thinking }}{{ extra.a }}";
        using var arguments = JsonDocument.Parse("""{ "enable_thinking": false, "extra": { "a": [1] }, "messages": "none" }""");

        Assert.Equal("1False[1]", Write(Template, s_added, ChatVariables.FromArguments(arguments.RootElement), User));
        Assert.Equal("1", Write("{{ messages | length }}{{ enable_thinking }}{{ tools }}", s_added, User));
        Assert.Equal("1False", Write("{{ messages | length }}{{ enable_thinking }}", s_added,
            ChatVariables.FromThink(arguments.RootElement.GetProperty("enable_thinking")), User));
    }

    [Fact]
    public void Calls_ReachTheTemplateAsObjects()
    {
        const string Call = """
            { "role": "assistant", "content": null, "tool_calls": [ { "type": "function",
              "function": { "name": "f", "arguments": "{\"x\": [1, null]}" } } ] }
            """;
        const string Result = """{ "role": "tool", "content": "3", "tool_call_id": "c" }""";
        const string Template = "{% for m in messages %}{% for c in m.tool_calls or [] %}{{ c.function.arguments.x }}{% endfor %}"
            + "{{ m.content }}{{ m.tool_call_id }}{% endfor %}";

        Assert.Equal("hi[1, None]3c", Write(Template, s_added, User, Call, Result));
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ '<|im_start|>' }}{% include 'x' %}{% endfor %}", "llama.cpp's built-in template for it is used",
        "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("{% nonsense %}", "the messages of a chat are joined, one a line", "hi")]
    [InlineData("no tag", "the messages of a chat are joined, one a line", "hi")]
    public void TemplateThatCannotBeRead_IsReplacedAndNamedOnce(string template, string said, string prompt)
    {
        _ = LoadedLibrary.Log;
        var model = new ModelTemplate(template, TimeProvider.System, _said.Add);

        Assert.Equal(prompt, Write(model, s_added, new Dictionary<string, object>(), User));
        Assert.Equal(prompt, Write(model, s_added, new Dictionary<string, object>(), User));
        Assert.EndsWith(said, Assert.Single(_said), StringComparison.Ordinal);
        Assert.Contains("line 1", _said[0], StringComparison.Ordinal);
    }

    [Fact]
    public void ModelWithoutATemplate_GetsTheMessagesJoined()
    {
        Assert.Equal(" S \nhi", Write(null, s_added, System, User));
        Assert.Empty(_said);
    }

    private string Write(string? template, SpecialTokens tokens, params string[] messages) =>
        Write(template, tokens, new Dictionary<string, object>(), messages);

    private string Write(string? template, SpecialTokens tokens, IReadOnlyDictionary<string, object> variables, params string[] messages) =>
        Write(new ModelTemplate(template, TimeProvider.System, _said.Add), tokens, variables, messages);

    private static string Write(ModelTemplate template, SpecialTokens tokens, IReadOnlyDictionary<string, object> variables,
        params string[] messages)
    {
        using var json = JsonDocument.Parse($"[{string.Join(',', messages)}]");
        var request = new GenerateRequest
        {
            Model = ModelOptions.Default,
            Context = new ContextOptions(512, "f16", FlashAttention: null, BatchTokens: 64, Threads: 1, BatchThreads: 1),
        };
        return new ChatMessages(template).AddTo(request, json.RootElement, variables).PromptSource!.Write(tokens);
    }
}
