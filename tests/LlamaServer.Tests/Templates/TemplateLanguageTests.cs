using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Tests.Templates;

/// <summary>What each part of the language does, with what Jinja2 3.1 writes.</summary>
public sealed class TemplateLanguageTests
{
    private const string Variables = """
        { "a": 3, "f": 2.5, "s": "Hello, World  ", "none_value": null, "l": [3, 1, 2], "d": { "x": 1, "items": 5, "y": [1, 2] },
          "messages": [ { "role": "user", "content": " hi " }, { "role": "assistant", "content": "yo😀" } ] }
        """;

    [Theory]
    [InlineData("{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 1e16 }} {{ 0.1 + 0.2 }}",
        "7 3 -4 2 3.5 1024 1e+16 0.30000000000000004")]
    [InlineData("{{ 'a' ~ 1 ~ none ~ true ~ u }}|{{ u }}|{{ none }}|{{ [1, 'a', \"it's\", none, 1.0] }}|{{ {'k': (1,)} }}",
        "a1NoneTrue||None|[1, 'a', \"it's\", None, 1.0]|{'k': (1,)}")]
    [InlineData("{{ 1 if false }}|{{ 1 if u else 2 }}|{{ u or 'x' }}|{{ '' and 1 }}|{{ not u }}|{{ 1 < 2 < 3 }}|{{ 2 in l }}|"
        + "{{ 'x' not in d }}",
        "|2|x||True|True|True|False")]
    [InlineData("{{ l[-1] }}{{ l[5] }}{{ l[::-1] }}{{ l[1:] }}{{ s[:5] }}{{ 'a😀b'[1] }}{{ 'a😀b' | length }}{{ 'a😀b'[::-1] }}",
        "2[2, 1, 3][1, 2]Hello😀3b😀a")]
    [InlineData("{{ d.x }}{{ d['items'] }}{{ d.items() | list }}{{ d.get('q', 7) }}{{ d.y.0 }}{{ 'y' in d }}"
        + "{{ d.q is defined }}{{ d.keys() | join }}",
        "15[('x', 1), ('items', 5), ('y', [1, 2])]71TrueFalsexitemsy")]
    [InlineData("{{ 'a,b,c'.split(',', 1) }}{{ ' x '.strip() }}{{ 'xxa'.lstrip('x') }}{{ 'ab'.replace('b', 'c') }}"
        + "{{ 'abc'.startswith(('x', 'a')) }}",
        "['a', 'b,c']xaacTrue")]
    [InlineData("{{ s | trim | upper }}{{ [1, 2] | join('-') }}{{ u | default('D') }}{{ '' | default('E', true) }}"
        + "{{ '7' | int + 1 }}{{ 'x' | int(4) }}",
        "HELLO, WORLD1-2DE84")]
    [InlineData("{{ messages | map(attribute='role') | join(',') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }} "
        + "{{ ['b', 'A'] | sort }} {{ [1, 1, 2] | unique | list }} {{ {'b': 1, 'a': 2} | dictsort }} {{ ['a'] | map('upper') | first }}",
        "user,assistant 1 ['A', 'b'] [1, 2] [('a', 2), ('b', 1)] A")]
    [InlineData("{{ {'a': [1, none, true, 'ü\"\\n'], 'b': {}} | tojson }}{{ {'a': [1]} | tojson(indent=1) }}",
        "{\"a\": [1, null, true, \"ü\\\"\\n\"], \"b\": {}}{\n \"a\": [\n  1\n ]\n}")]
    [InlineData("{{ 'a\nb' | indent(2) }}|{{ 'a\nb' | indent(2, true) }}|{{ '<a>' | e }}|{{ 'x y' | title }}|"
        + "{{ 'abc' | replace('b', '') }}",
        "a\n  b|  a\n  b|&lt;a&gt;|X Y|ac")]
    [InlineData("{{ s is string }}{{ d is mapping }}{{ l is sequence }}{{ s is iterable }}{{ a is odd }}{{ a is not none }}"
        + "{{ none_value is none }}"
        + "{{ a is divisibleby 3 }}{{ f is number and not f is integer }}{{ 'a' is in ['a'] }}{{ u is undefined }}{{ true is true }}",
        "TrueTrueTrueTrueTrueTrueTrueTrueTrueTrueTrueTrue")]
    [InlineData("{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}"
        + "{{ loop.previtem }} {% endfor %}",
        "103TrueFalse 212FalseFalse3 321FalseTrue1 ")]
    [InlineData("{% for x in l if x > 1 %}{{ x }}{{ loop.length }}{% else %}no{% endfor %}{% for x in [] %}{% else %}none"
        + "{% endfor %}", "3222none")]
    [InlineData("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for x in range(5) %}{% if x == 1 %}{% continue %}{% endif %}"
        + "{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}", "x=1;items=5;y=[1, 2];02")]
    [InlineData("{% set ns = namespace(n=0, stop=false) %}{% for x in l if not ns.stop %}{% set ns.n = ns.n + x %}{% set ns.stop = true %}"
        + "{% endfor %}{{ ns.n }}{% set v = 1 %}{% for x in l %}{% set v = x %}{% endfor %}{{ v }}", "31")]
    [InlineData("{% macro m(a, b='B') %}{{ a }}{{ b }}{{ caller('C') if caller }}{% endmacro %}{{ m(1) }}{{ m(b=2, a=3) }}"
        + "{% call(x) m(4) %}{{ x }}!{% endcall %}{{ m() }}", "1B324BC!B")]
    [InlineData("{% macro late() %}{{ other() }}{% endmacro %}{% macro other() %}O{% endmacro %}{{ late() }}", "O")]
    [InlineData("{% set b %}  x{{ a }} {% endset %}[{{ b }}]{% set c | upper %}y{% endset %}{{ c }}{% filter lower %}QQ{% endfilter %}"
        + "{% with z = 1 %}{{ z }}{% endwith %}{{ z }}{% generation %}g{% endgeneration %}", "[  x3 ]Yqq1g")]
    [InlineData("{% for x in [[1, [2]], [3]] recursive %}{{ x if x is number else '(' ~ loop(x) ~ ')' }}{% endfor %}", "(1(2))(3)")]
    [InlineData("  {% if true %}  \n  a\n  {%- endif %}\n  b {#- c -#}  d\n{% raw %}{{ x }}\n{% endraw %}\n{{ 1 -}}\n e\n",
        "  \n  a  bd\n{{ x }}\n1e")]
    [InlineData("a\n  {% set x = 1 %}\nb\n  {{ x }}\n  {%+ if x %}c{% endif %}\n", "a\nb\n  1\n  c")]
    [InlineData("{{ 'a' 'b' }}{{ \"\\x41\\u00e4\\n\\\\\\q\" }}{{ {'a': {'b': 1}}['a']['b'] }}"
        + "{{ {'a': {'b': 1}} }}", "abAä\n\\\\q1{'a': {'b': 1}}")]
    [InlineData("{{ '%s-%d' % ('a', 3) }}{{ '{}{1}'.format('x', 'y') if false else '{} {}'.format(1, 2) }}{{ 'a' * 3 }}{{ [0] * 2 }}",
        "a-31 2aaa[0, 0]")]
    [InlineData("{{ -1 | abs }}{{ 2.5 | round }}{{ 7 | round }}{{ [3, 1] | max }}{{ [1, 2] | sum }}{{ l | last }}"
        + "{{ 'abc' | reverse }}{{ -a }}",
        "12.0733" + "2cba-3")]
    [InlineData("{% set x, y = 1, 2 %}{{ x }}{{ y }}{{ dict(a=1).a }}{% set j = joiner('+') %}{{ j() }}{{ j() }}"
        + "{% if a == 1 %}1{% elif a == 3 %}3{% else %}e{% endif %}",
        "121+3")]
    public void Template_WritesWhatJinjaWrites(string template, string expected) =>
        Assert.Equal(expected, TemplateRig.Render(template, Variables));

    [Theory]
    [InlineData("{{ u.x }}", "'u' is undefined")]
    [InlineData("{{ 'x' + u }}", "'u', which is undefined")]
    [InlineData("{{ 'x' + 1 }}", "'+' is not possible between a text and a whole number")]
    [InlineData("{{ nothing() }}", "'nothing', which is undefined, cannot be called")]
    [InlineData("{{ 1 | nosuch }}", "the filter 'nosuch', which is not known")]
    [InlineData("{{ 1 is nosuch }}", "the test 'nosuch', which is not known")]
    [InlineData("{% set a.b = 1 %}", "'a' is no namespace")]
    [InlineData("{% for x, y in l %}{% endfor %}", "has no items")]
    [InlineData("{{ {} < 1 }}", "have no order")]
    [InlineData("{{ {[1]: 2} }}", "cannot be the key")]
    [InlineData("{{ u | tojson }}", "cannot be written as JSON")]
    [InlineData("{{ strftime_now('%Q') }}", "a format that is not known")]
    public void Template_ThatIsNotPossible_SaysWhereAndWhy(string template, string reason)
    {
        var error = Assert.Throws<TemplateException>(() => TemplateRig.Render("\n\n" + template, Variables));
        Assert.Equal(3, error.Line);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% if x %}", "'endif' is missing")]
    [InlineData("{% for x in y %}{% endif %}", "'endfor'")]
    [InlineData("{% endfor %}", "closes nothing")]
    [InlineData("{% include 'x' %}", "no tag 'include'")]
    [InlineData("{{ 'x }}", "the string has no end")]
    [InlineData("{{ x", "the tag has no end")]
    [InlineData("{# x", "the comment has no end")]
    [InlineData("{{ (1] }}", "']' does not close '('")]
    [InlineData("{{ a $ b }}", "'$' has no meaning here")]
    [InlineData("{{ }}", "a value is expected")]
    [InlineData("{% break %}", "outside of a loop")]
    [InlineData("{% set true = 1 %}", "cannot be set")]
    [InlineData("{{ 99999999999999999999 }}", "64 bits")]
    public void Text_ThatIsNoTemplate_IsNamedWithItsLine(string template, string reason)
    {
        var error = Assert.Throws<TemplateSyntaxException>(() => ChatTemplate.Parse("\n" + template));
        Assert.StartsWith("line 2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StrftimeNow_WritesTheClocksTime() =>
        Assert.Equal("04 Jul 2025, July 4 25 09:05:03 AM Friday 185",
            TemplateRig.Render("{{ strftime_now('%d %b %Y, %B %-d %y %H:%M:%S %p %A %j') }}", "{}", new FixedTime()));

    [Fact]
    public void RaiseException_IsTheTemplatesOwnRefusal()
    {
        var error = Assert.Throws<TemplateRefusalException>(() => TemplateRig.Render("{{ raise_exception('no ' ~ 1) }}"));
        Assert.Equal("no 1", error.Message);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2025, 7, 4, 9, 5, 3, TimeSpan.Zero);
    }
}
