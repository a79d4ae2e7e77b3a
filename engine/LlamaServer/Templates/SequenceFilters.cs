using System.Globalization;
using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>The filters of Jinja2 that take lists and dictionaries.</summary>
internal static class SequenceFilters
{
    /// <summary>The result of a filter; null where there is no filter of this name here.</summary>
    /// <exception cref="TemplateException">The filter cannot take the value.</exception>
    public static object? Apply(string name, object value, CallArguments arguments, RenderBudget budget) => name switch
    {
        "join" => Join(value, arguments, budget),
        "list" => new TemplateList(Sequences.ToList(value, budget)),
        "items" => value is Undefined ? new TemplateList([]) : Members.Items(Dictionary(value, name), budget),
        "first" => Sequences.Iterate(value, budget).FirstOrDefault() ?? new Undefined("the first of no items"),
        "last" => Last(value, budget),
        "reverse" => value is string text ? CodePoints.Reverse(text) : Reverse(value, budget),
        "map" => Map(value, arguments, budget),
        "select" => Select(value, arguments, budget, byAttribute: false, keeps: true),
        "reject" => Select(value, arguments, budget, byAttribute: false, keeps: false),
        "selectattr" => Select(value, arguments, budget, byAttribute: true, keeps: true),
        "rejectattr" => Select(value, arguments, budget, byAttribute: true, keeps: false),
        "sort" => Sort(Sequences.ToList(value, budget), arguments.Has(0, "reverse"),
            KeyOf(arguments.Find(2, "attribute"), arguments.Has(1, "case_sensitive"), budget), budget),
        "dictsort" => SortDictionary(Dictionary(value, name), arguments, budget),
        "unique" => Unique(value, arguments, budget),
        "min" => Extreme(value, arguments, budget, -1),
        "max" => Extreme(value, arguments, budget, 1),
        "sum" => Sequences.Iterate(value, budget).Select(KeyOf(arguments.Find(0, "attribute"), true, budget))
            .Aggregate(arguments.Find(1, "start") ?? 0L, (sum, item) => PythonOperators.Compute("+", sum, item, budget)),
        "batch" => Batch(value, arguments, budget),
        _ => null,
    };

    private static TemplateDictionary Dictionary(object value, string filter) => value as TemplateDictionary
        ?? throw new TemplateException($"the filter '{filter}' takes a dictionary, and there is {PythonOperators.Describe(value)}");

    private static string Join(object value, CallArguments arguments, RenderBudget budget)
    {
        var separator = PythonText.ToText(arguments.Find(0, "d") ?? "", budget);
        var attribute = KeyOf(arguments.Find(1, "attribute"), true, budget);
        var output = new StringBuilder();
        var isFirst = true;
        foreach (var item in Sequences.Iterate(value, budget))
        {
            var part = PythonText.ToText(attribute(item), budget);
            budget.Spend(separator.Length + part.Length);
            output.Append(isFirst ? "" : separator).Append(part);
            isFirst = false;
        }
        return output.ToString();
    }

    private static object Last(object value, RenderBudget budget)
    {
        var items = Sequences.ToList(value, budget);
        return items.Count > 0 ? items[^1] : new Undefined("the last of no items");
    }

    private static TemplateList Reverse(object value, RenderBudget budget)
    {
        var items = Sequences.ToList(value, budget);
        items.Reverse();
        return new TemplateList(items);
    }

    private static TemplateList Map(object value, CallArguments arguments, RenderBudget budget)
    {
        Func<object, object> map;
        if (arguments.Positional.Count == 0)
        {
            var attribute = KeyOf(arguments.Get(int.MaxValue, "attribute"), true, budget);
            var absent = arguments.Find(int.MaxValue, "default");
            map = item => attribute(item) is var found && found is Undefined && absent is not null ? absent : found;
        }
        else
        {
            var filter = arguments.GetText(0, "filter");
            var rest = arguments.Skip(1, filter);
            map = item => Filters.Apply(filter, item, rest, budget);
        }
        return TemplateList.Generate(() => ToList(ItemsIfAny(value, budget).Select(map), budget));
    }

    private static TemplateList Select(object value, CallArguments arguments, RenderBudget budget, bool byAttribute, bool keeps)
    {
        var attribute = byAttribute ? KeyOf(arguments.Get(0, "attribute"), true, budget) : item => item;
        var skipped = byAttribute ? 1 : 0;
        var test = arguments.FindText(skipped, "test");
        var rest = arguments.Skip(skipped + 1, test ?? "");
        return TemplateList.Generate(() => ToList(ItemsIfAny(value, budget).Where(Keeps), budget));

        bool Keeps(object item) =>
            (test is null ? PythonOperators.IsTrue(attribute(item)) : Tests.Check(test, attribute(item), rest, budget)) == keeps;
    }

    private static TemplateList Sort(List<object> items, bool isReversed, Func<object, object> key, RenderBudget budget)
    {
        var sorted = isReversed ? items.OrderByDescending(key, Comparer()) : items.OrderBy(key, Comparer());
        return new TemplateList(Enumerate(sorted));

        // Equal values need no order.
        IComparer<object> Comparer() => System.Collections.Generic.Comparer<object>.Create((a, b) =>
            PythonOperators.AreEqual(a, b, budget) ? 0 : PythonOperators.Compare(a, b, budget));
    }

    // A comparison that fails reaches the caller wrapped by the sort.
    private static List<object> Enumerate(IEnumerable<object> sorted)
    {
        try
        {
            return [.. sorted];
        }
        catch (InvalidOperationException error) when (error.InnerException is TemplateException reason)
        {
            throw reason;
        }
    }

    private static TemplateList SortDictionary(TemplateDictionary dictionary, CallArguments arguments, RenderBudget budget)
    {
        var part = (arguments.FindText(1, "by") ?? "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateException("dictsort sorts by key or by value"),
        };
        var key = KeyOf((long)part, arguments.Has(0, "case_sensitive"), budget);
        return Sort(Members.Items(dictionary, budget).Items, arguments.Has(2, "reverse"), key, budget);
    }

    private static TemplateList Unique(object value, CallArguments arguments, RenderBudget budget)
    {
        var key = KeyOf(arguments.Find(1, "attribute"), arguments.Has(0, "case_sensitive"), budget);
        var seen = new TemplateDictionary();
        return TemplateList.Generate(() => ToList(Sequences.Iterate(value, budget).Where(IsNew), budget));

        bool IsNew(object item)
        {
            var of = key(item);
            if (seen.TryGet(of, out _))
                return false;
            seen.Set(of, true);
            return true;
        }
    }

    private static object Extreme(object value, CallArguments arguments, RenderBudget budget, int sign)
    {
        var key = KeyOf(arguments.Find(1, "attribute"), arguments.Has(0, "case_sensitive"), budget);
        object? best = null;
        foreach (var item in Sequences.Iterate(value, budget))
            if (best is null || PythonOperators.Compare(key(item), key(best), budget) == sign)
                best = item;
        return best ?? new Undefined("the extreme of no items");
    }

    private static TemplateList Batch(object value, CallArguments arguments, RenderBudget budget)
    {
        var size = Math.Max(1, arguments.FindInteger(0, "linecount") ?? 1);
        var batches = Sequences.ToList(value, budget).Chunk(size).Select(part => new TemplateList([.. part])).ToList();
        if (arguments.Find(1, "fill_with") is { } fill && batches.Count > 0 && size < 100_000)
            while (batches[^1].Items.Count < size)
                batches[^1].Items.Add(fill);
        return new TemplateList([.. batches]);
    }

    // These filters take none and 0 as no items.
    private static IEnumerable<object> ItemsIfAny(object value, RenderBudget budget) =>
        PythonOperators.IsTrue(value) ? Sequences.Iterate(value, budget) : [];

    // The attribute is a path such as function.name or 0.name; without one it is the item itself.
    private static Func<object, object> KeyOf(object? attribute, bool isCaseSensitive, RenderBudget budget)
    {
        Func<object, object> key = attribute switch
        {
            null or None => item => item,
            long index => item => Members.GetItem(item, index, budget),
            string path => item => path.Split('.').Aggregate(item, (part, name) => Members.GetItem(part,
                long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : name, budget)),
            _ => throw new TemplateException($"an attribute is a text, and there is {PythonOperators.Describe(attribute)}"),
        };
        return isCaseSensitive ? key : item => key(item) is string text ? text.ToLowerInvariant() : key(item);
    }

    private static List<object> ToList(IEnumerable<object> items, RenderBudget budget)
    {
        var list = new List<object>();
        foreach (var item in items)
        {
            budget.Spend(1);
            budget.Step();
            list.Add(item);
        }
        return list;
    }
}
