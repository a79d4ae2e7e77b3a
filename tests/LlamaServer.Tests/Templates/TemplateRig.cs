using System.Text.Json;
using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Tests.Templates;

/// <summary>Renders templates with variables written as JSON.</summary>
internal static class TemplateRig
{
    public static string Render(string template, string variables = "{}") => Render(template, variables, TimeProvider.System);

    public static string Render(string template, string variables, TimeProvider time)
    {
        using var json = JsonDocument.Parse(variables);
        return ChatTemplate.Parse(template).Render(
            json.RootElement.EnumerateObject().ToDictionary(variable => variable.Name, variable => JsonValues.From(variable.Value)),
            variables.Length, time);
    }
}
