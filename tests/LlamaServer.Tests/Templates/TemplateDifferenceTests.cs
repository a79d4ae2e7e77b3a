using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Tests.Templates;

/// <summary>The interpreter against another one, the npm package <c>@huggingface/jinja</c>, for random conversations.</summary>
public sealed class TemplateDifferenceTests
{
    private const string FolderVariable = "MEMWALL_NPM_CLIENTS";
    private const int ChatsPerForm = 60;

    [Fact]
    public async Task EveryForm_RendersLikeAnotherInterpreter()
    {
        var modules = Environment.GetEnvironmentVariable(FolderVariable);
        RequiredTools.SkipWhen(modules is null,
            $"set {FolderVariable} to the node_modules of: npm install --prefix FOLDER @huggingface/jinja@0.5.11");
        var forms = TemplateForms.All.ToList();
        var random = new Random(19);
        var cases = forms.SelectMany((_, at) => Enumerable.Range(0, ChatsPerForm).Select(_ => (Form: at, Chat: RandomChats.Create(random))))
            .ToList();
        var others = await RenderAsync(modules!, forms.Select(form => form.Value), cases);

        Assert.Equal(cases.Count, others.Count);
        var differences = new List<string>();
        for (var i = 0; i < cases.Count; i++)
        {
            var own = Render(forms[cases[i].Form].Value, cases[i].Chat);
            if (own != (string?)others[i])
                differences.Add($"{forms[cases[i].Form].Key}\n{cases[i].Chat.ToJsonString()}\nown   {own}\nother {others[i]}");
        }
        Assert.Empty(differences.Take(3));
        Assert.True(others.Count(text => text is not null) > cases.Count * 9 / 10);
    }

    // Null where the template refuses the messages.
    private static string? Render(string template, JsonObject chat)
    {
        try
        {
            return TemplateRig.Render(template, chat.ToJsonString());
        }
        catch (TemplateRefusalException)
        {
            return null;
        }
    }

    private static async Task<JsonArray> RenderAsync(string modules, IEnumerable<string> templates, List<(int Form, JsonObject Chat)> cases)
    {
        var file = Path.Combine(TestFolder.Path, "templates.json");
        await File.WriteAllTextAsync(file, new JsonObject
        {
            ["templates"] = new JsonArray([.. templates.Select(text => JsonValue.Create(text))]),
            ["cases"] = new JsonArray([.. cases.Select(one =>
                new JsonObject { ["template"] = one.Form, ["variables"] = one.Chat.DeepClone() })]),
        }.ToJsonString());
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Script(), modules, file })
            start.ArgumentList.Add(argument);
        using var node = Process.Start(start)!;
        var error = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await error);
        return JsonNode.Parse(output)!.AsArray();
    }

    private static string Script([CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "..", "Npm", "templates.cjs");
}
