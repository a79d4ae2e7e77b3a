namespace MemoryWall.LlamaServer.Templates;

/// <summary>Values as sequences.</summary>
internal static class Sequences
{
    /// <summary>The items of a list, the keys of a dictionary, the characters of a text; nothing for what is undefined.</summary>
    /// <exception cref="TemplateException">The value has no items.</exception>
    public static IEnumerable<object> Iterate(object value, RenderBudget budget)
    {
        switch (value)
        {
            case TemplateList list:
                return Walk(list.Items);
            case TemplateDictionary dictionary:
                return dictionary.Keys;
            case string text:
                budget.Spend(text.Length);
                return CodePoints.Split(text);
            case Undefined:
                return [];
            default:
                throw new TemplateException($"{PythonOperators.Describe(value)} has no items");
        }
    }

    /// <summary>The items as a new list.</summary>
    /// <exception cref="TemplateException">The value has no items.</exception>
    public static List<object> ToList(object value, RenderBudget budget)
    {
        var items = Iterate(value, budget).ToList();
        budget.Spend(items.Count);
        return items;
    }

    /// <summary>The number of items.</summary>
    /// <exception cref="TemplateException">The value has no items.</exception>
    public static long Count(object value) => value switch
    {
        string text => CodePoints.Count(text),
        TemplateList list => list.Items.Count,
        TemplateDictionary dictionary => dictionary.Count,
        Undefined => 0,
        _ => throw new TemplateException($"{PythonOperators.Describe(value)} has no length"),
    };

    /// <summary>A part of a list or of a text, as Python's slices take it.</summary>
    /// <exception cref="TemplateException">The value has no parts, or the step is 0.</exception>
    public static object Slice(object value, long? start, long? stop, long step, RenderBudget budget)
    {
        if (step == 0)
            throw new TemplateException("the step of a slice is 0");
        if (value is string text && CodePoints.IsPlain(text) && step == 1)
        {
            var (from, to) = Bounds(text.Length, start, stop, step);
            budget.Spend(to - from);
            return from < to ? text[(int)from..(int)to] : "";
        }
        if (value is not (string or TemplateList))
            throw new TemplateException($"{PythonOperators.Describe(value)} has no parts");
        var items = value is TemplateList list ? list.Items : ToList(value, budget);
        var (first, end) = Bounds(items.Count, start, stop, step);
        var taken = new List<object>();
        for (var at = first; step > 0 ? at < end : at > end; at += step)
            taken.Add(items[(int)at]);
        budget.Spend(taken.Count);
        return value is string ? CodePoints.Join(taken) : new TemplateList(taken, ((TemplateList)value).IsTuple);
    }

    // A list that grows while it is read is read to its new end.
    private static IEnumerable<object> Walk(List<object> items)
    {
        for (var i = 0; i < items.Count; i++)
            yield return items[i];
    }

    private static (long Start, long Stop) Bounds(long length, long? start, long? stop, long step)
    {
        var (low, high) = step > 0 ? (0L, length) : (-1L, length - 1);
        return (start is { } from ? Clamp(from) : step > 0 ? low : high, stop is { } to ? Clamp(to) : step > 0 ? high : low);

        long Clamp(long index) => Math.Clamp(index < 0 ? Math.Max(index, -length - 1) + length : index, low, high);
    }
}
