using System.Text;
using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Tests.Templates;

/// <summary>A template is a foreign program: it cannot run without end, take all memory or end the process.</summary>
public sealed class TemplateLimitTests
{
    private const string Deep = "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}";
    private const string Long = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";

    [Theory]
    [InlineData(Deep, "calls itself too often")]
    [InlineData("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "calls itself too often")]
    [InlineData(Long, "does not end")]
    [InlineData("{% set l = [1] %}{% for x in l %}{% set _ = l.append(1) %}{% endfor %}", "does not end")]
    [InlineData("{{ 'x' * 9000000000 }}", "too long")]
    [InlineData("{{ [1] * 9223372036854775807 }}", "too long")]
    [InlineData("{% set ns = namespace(t='x') %}{% for a in range(90) %}{% set ns.t = ns.t + ns.t %}{% endfor %}", "too long")]
    [InlineData("{% set ns = namespace(t=[1]) %}{% for a in range(90) %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.t }}", "too long")]
    [InlineData("{% set ns = namespace(a=[1], b=[1]) %}{% for x in range(90) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}"
        + "{% endfor %}{{ ns.a == ns.b }}", "does not end")]
    [InlineData("{% set l = [1] %}{% set _ = l.append(l) %}{{ l }}", "nested too deep")]
    [InlineData("{% set l = [1] %}{% set _ = l.append(l) %}{{ l | tojson }}", "nested too deep")]
    [InlineData("{{ range(9000000000) }}", "more than 100000 numbers")]
    [InlineData("{{ 'x'.center(2000000000) }}", "too long")]
    [InlineData("{{ 'x' | indent(2000000000) | replace('', 'y' * 30000000) }}", "too long")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "64 bits")]
    [InlineData("{{ 7 ** 9000000000 }}", "64 bits")]
    [InlineData("{{ 1 // 0 }}", "divided by 0")]
    [InlineData("{{ 1.0 / 0 }}", "divided by 0")]
    public void Template_WithoutMeasure_EndsWithAReason(string template, string reason)
    {
        var time = new SteppingTime();
        var error = Assert.Throws<TemplateException>(() => TemplateRig.Render(template, "{}", time));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LongSum_AndDeepBrackets_EndWithAReasonNotWithTheProcess()
    {
        var sum = $"{{{{ {string.Join(" + ", Enumerable.Repeat("1", 200_000))} }}}}";
        var error = Assert.Throws<TemplateException>(() => TemplateRig.Render(sum));
        Assert.Contains("nested too deep", error.Message, StringComparison.Ordinal);

        foreach (var part in new[] { "(", "[", "not ", "-", "{'a':", "{% if 1 %}" })
        {
            var start = part.StartsWith("{%", StringComparison.Ordinal) ? "" : "{{ ";
            var text = new StringBuilder(start).Insert(start.Length, part, 100_000);
            Assert.Throws<TemplateSyntaxException>(() => ChatTemplate.Parse(text.ToString()));
        }
    }

    [Fact]
    public void LongConversation_IsWithinTheLimits()
    {
        var messages = string.Join(',', Enumerable.Range(0, 4000).Select(i =>
            $$"""{ "role": "{{(i % 2 == 0 ? "user" : "assistant")}}", "content": "{{new string('x', 1000)}} </think> y" }"""));
        foreach (var form in TemplateForms.All)
            Assert.Contains("x", TemplateRig.Render(form.Value, $$"""{ "messages": [{{messages}}], "bos_token": "", "eos_token": "" }"""),
                StringComparison.Ordinal);
    }

    // Time passes with each look at the clock, so that the limit of time is met without waiting for it.
    private sealed class SteppingTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => _ticks++;
    }
}
