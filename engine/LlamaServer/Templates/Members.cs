namespace MemoryWall.LlamaServer.Templates;

/// <summary>The methods, attributes and items of values.</summary>
internal static class Members
{
    /// <summary><c>value.name</c>: a method or an attribute, otherwise an item.</summary>
    /// <exception cref="TemplateException">The value is undefined.</exception>
    public static object Get(object value, string name, RenderBudget budget)
    {
        if (FindAttribute(value, name, budget) is { } attribute)
            return attribute;
        return value is TemplateDictionary dictionary && dictionary.TryGet(name, out var item) ? item : new Undefined(name);
    }

    /// <summary><c>value[key]</c>: an item, otherwise a method or an attribute.</summary>
    /// <exception cref="TemplateException">The value is undefined.</exception>
    public static object GetItem(object value, object key, RenderBudget budget)
    {
        if (FindItem(value, key) is { } item)
            return item;
        if (key is string name)
            return FindAttribute(value, name, budget) ?? new Undefined(name);
        return value is Undefined
            ? throw new TemplateException($"{PythonOperators.Describe(value)} has no items")
            : new Undefined(key is long index ? FormattableString.Invariant($"[{index}]") : "an item");
    }

    private static object? FindItem(object value, object key)
    {
        if (value is TemplateDictionary dictionary)
            return key is not (TemplateList or TemplateDictionary or TemplateNamespace) && dictionary.TryGet(key, out var item)
                ? item : null;
        if (PythonOperators.ToInteger(key) is not { } index)
            return null;
        if (value is TemplateList list)
            return Place(index, list.Items.Count) is { } at ? list.Items[at] : null;
        if (value is not string text)
            return null;
        var place = Place(index, CodePoints.Count(text));
        if (place is { } plain && CodePoints.IsPlain(text))
            return text[plain].ToString();
        return place is { } of ? CodePoints.Split(text)[of] : null;
    }

    private static int? Place(long index, int count)
    {
        var at = index < 0 ? index + count : index;
        return at >= 0 && at < count ? (int)at : null;
    }

    private static object? FindAttribute(object value, string name, RenderBudget budget) => value switch
    {
        Undefined undefined => throw new TemplateException($"'{undefined.Name}' is undefined, and has no '{name}'"),
        string text => Bind(name, TextMethods.Find(name, text, budget)),
        TemplateDictionary dictionary => Bind(name, FindMethod(dictionary, name, budget)),
        TemplateList list => Bind(name, FindMethod(list, name, budget)),
        TemplateNamespace space => space.Members.GetValueOrDefault(name),
        Loop loop => loop.Find(name, budget),
        _ => null,
    };

    private static TemplateFunction? Bind(string name, Func<CallArguments, object>? method) =>
        method is null ? null : new TemplateFunction(name, method);

    private static Func<CallArguments, object>? FindMethod(TemplateDictionary dictionary, string name, RenderBudget budget) => name switch
    {
        "items" => _ => Items(dictionary, budget),
        "keys" => _ => ToList(dictionary.Keys, budget),
        "values" => _ => ToList(dictionary.Values, budget),
        "get" => arguments => dictionary.TryGet(arguments.Get(0, "key"), out var value) ? value
            : arguments.Find(1, "default") ?? None.Value,
        "copy" => _ => Copy(dictionary, budget),
        _ => null,
    };

    private static Func<CallArguments, object>? FindMethod(TemplateList list, string name, RenderBudget budget) => name switch
    {
        "count" => arguments => (long)list.Count(item => PythonOperators.AreEqual(item, arguments.Get(0, "value"), budget)),
        "index" => arguments => list.Items.FindIndex(item => PythonOperators.AreEqual(item, arguments.Get(0, "value"), budget)) is var at
            and >= 0 ? (long)at : throw new TemplateException("the value is not in the list"),
        "copy" when !list.IsTuple => _ => ToList(list.Items, budget),
        // transformers forbids it, llama.cpp does not.
        "append" when !list.IsTuple => arguments => Append(list, arguments.Get(0, "value"), budget),
        _ => null,
    };

    /// <summary>The keys and values of a dictionary as pairs.</summary>
    public static TemplateList Items(TemplateDictionary dictionary, RenderBudget budget) =>
        ToList(dictionary.Select(pair => (object)new TemplateList([pair.Key, pair.Value], isTuple: true)), budget);

    private static TemplateList ToList(IEnumerable<object> items, RenderBudget budget)
    {
        var list = new TemplateList([.. items]);
        budget.Spend(list.Items.Count);
        return list;
    }

    private static TemplateDictionary Copy(TemplateDictionary dictionary, RenderBudget budget)
    {
        budget.Spend(dictionary.Count);
        var copy = new TemplateDictionary();
        foreach (var (key, value) in dictionary)
            copy.Set(key, value);
        return copy;
    }

    private static None Append(TemplateList list, object value, RenderBudget budget)
    {
        budget.Spend(1);
        list.Items.Add(value);
        return None.Value;
    }
}
