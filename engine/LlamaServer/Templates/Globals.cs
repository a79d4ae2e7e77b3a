namespace MemoryWall.LlamaServer.Templates;

/// <summary>The functions that every template has.</summary>
internal static class Globals
{
    // As in Jinja2's sandbox.
    private const long MaxRange = 100_000;
    private const int MaxMessage = 2000;

    /// <summary>A function by its name; null where there is none.</summary>
    public static TemplateFunction? Find(string name, RenderBudget budget, TimeProvider time) => name switch
    {
        "range" => new TemplateFunction(name, arguments => Range(arguments, budget)),
        "dict" => new TemplateFunction(name, arguments => ToDictionary(arguments, budget)),
        "namespace" => new TemplateFunction(name, arguments => ToNamespace(arguments, budget)),
        "joiner" => new TemplateFunction(name, arguments => Joiner(arguments.FindText(0, "sep") ?? ", ")),
        "raise_exception" => new TemplateFunction(name, arguments => throw new TemplateRefusalException(
            PythonText.ToText(arguments.Get(0, "message"), budget) is { Length: > MaxMessage } text
                ? text[..MaxMessage] + "…" : PythonText.ToText(arguments.Get(0, "message"), budget))),
        "strftime_now" => new TemplateFunction(name, arguments => TimeFormat.Format(time.GetLocalNow(), arguments.GetText(0, "format"))),
        _ => null,
    };

    private static TemplateList Range(CallArguments arguments, RenderBudget budget)
    {
        var values = arguments.Positional.Select(value => PythonOperators.ToInteger(value)
            ?? throw new TemplateException($"range takes whole numbers, and there is {PythonOperators.Describe(value)}")).ToList();
        var (start, stop, step) = values switch
        {
            [var end] => (0L, end, 1L),
            [var from, var end] => (from, end, 1L),
            [var from, var end, var by] when by != 0 => (from, end, by),
            _ => throw new TemplateException("range takes one to three whole numbers, and a step other than 0"),
        };
        var items = new List<object>();
        for (var at = (Int128)start; step > 0 ? at < stop : at > stop; at += step)
        {
            if (items.Count == MaxRange)
                throw new TemplateException(FormattableString.Invariant($"a range has more than {MaxRange} numbers"));
            items.Add((long)at);
        }
        budget.Spend(items.Count);
        return new TemplateList(items);
    }

    private static TemplateDictionary ToDictionary(CallArguments arguments, RenderBudget budget)
    {
        var dictionary = new TemplateDictionary();
        foreach (var (key, value) in Pairs(arguments, budget))
            dictionary.Set(key, value);
        return dictionary;
    }

    private static TemplateNamespace ToNamespace(CallArguments arguments, RenderBudget budget)
    {
        var space = new TemplateNamespace();
        foreach (var (key, value) in Pairs(arguments, budget))
            space.Members[PythonText.ToText(key, budget)] = value;
        return space;
    }

    private static IEnumerable<(object Key, object Value)> Pairs(CallArguments arguments, RenderBudget budget)
    {
        foreach (var source in arguments.Positional)
        {
            var pairs = source is TemplateDictionary dictionary ? Members.Items(dictionary, budget) : source;
            foreach (var pair in Sequences.Iterate(pairs, budget))
                yield return pair is TemplateList { Items: [var key, var value] } ? (key, value)
                    : throw new TemplateException($"{arguments.Callee} takes pairs, and there is {PythonOperators.Describe(pair)}");
        }
        foreach (var (key, value) in arguments.Named ?? [])
            yield return (key, value);
    }

    // The first call returns nothing, each other one the separator.
    private static TemplateFunction Joiner(string separator)
    {
        var isUsed = false;
        return new TemplateFunction("joiner", _ =>
        {
            var text = isUsed ? separator : "";
            isUsed = true;
            return text;
        });
    }
}
