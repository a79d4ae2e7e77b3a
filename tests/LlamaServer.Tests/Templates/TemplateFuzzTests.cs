using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Tests.Templates;

/// <summary>Damaged templates: each is parsed or named, rendered or named, and nothing else happens.</summary>
public sealed class TemplateFuzzTests
{
    private static readonly string[] s_pieces =
    [
        "{{", "}}", "{%", "%}", "-%}", "{%-", "{#", "#}", "'", "\"", "\\", "|", ".", "[", "]", "(", ")", "{", "}", ",", ":", "=",
        "==", "~", "+", "-", "*", "**", "//", "%", " if ", " else ", " for ", " in ", " is ", " not ", " set ", "endif", "endfor",
        "macro", "call", "loop", "loop(", "messages", "[::-1]", "[9:", ".items()", "|tojson", "|join", "|map", "|length",
        "namespace(", "none", "true", "9999999999999999999", "1e999", "0", "\u0000", "\ud800", "😀", "range(9)", "*args", "**kw",
        "raise_exception(", "recursive", "{% raw %}", "{% endraw %}", "{% break %}", "caller()",
    ];

    [Fact]
    public void MutatedTemplates_EndInTextOrInAReason()
    {
        var forms = TemplateForms.All.Values.ToList();
        var random = new Random(7);
        var (rendered, refused, unreadable) = (0, 0, 0);
        for (var i = 0; i < 6000; i++)
        {
            var template = forms[random.Next(forms.Count)];
            for (var edits = random.Next(1, 5); edits > 0; edits--)
                template = Mutate(template, random);
            var variables = RandomChats.Create(random).ToJsonString();
            try
            {
                TemplateRig.Render(template, variables);
                rendered++;
            }
            catch (TemplateSyntaxException error)
            {
                Assert.StartsWith("line ", error.Message, StringComparison.Ordinal);
                unreadable++;
            }
            catch (TemplateException error)
            {
                Assert.True(error.Line > 0, error.Message);
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"{error}\n{template}\n{variables}");
            }
        }
        // The mutations reach the renderer, not only the parser.
        Assert.True(rendered > 500 && refused > 50 && unreadable > 500, $"{rendered} {refused} {unreadable}");
    }

    private static string Mutate(string template, Random random)
    {
        var at = random.Next(template.Length + 1);
        var length = Math.Min(random.Next(1, 12), template.Length - at);
        var piece = s_pieces[random.Next(s_pieces.Length)];
        return random.Next(4) switch
        {
            0 => template.Insert(at, piece),
            1 => template.Remove(at, length),
            2 => template.Remove(at, length).Insert(at, piece),
            _ => template.Insert(at, template.Substring(random.Next(template.Length - length + 1), length)),
        };
    }
}
