using System.Collections;

namespace MemoryWall.LlamaServer.Templates;

// The values of a template are bool, long, double and string of .NET, and these types.

/// <summary>Python's <c>None</c>.</summary>
internal sealed class None
{
    public static readonly None Value = new();

    private None()
    {
    }
}

/// <summary>What a name stands for that nothing defines: empty where it is written, an error where something is done with it.</summary>
/// <param name="Name">The name, for the message.</param>
internal sealed record Undefined(string Name);

/// <summary>A list or a tuple.</summary>
internal sealed class TemplateList(List<object> items, bool isTuple = false) : IEnumerable<object>
{
    private Func<List<object>>? _make;

    public List<object> Items
    {
        get
        {
            if (_make is { } make)
            {
                _make = null;
                items.AddRange(make());
            }
            return items;
        }
    }

    public bool IsTuple => isTuple;

    /// <summary>Whether it is what Python calls a generator, which counts as true although it may have no items.</summary>
    public bool IsGenerator { get; private init; }

    /// <summary>A list that is made when its items are first needed, as some filters make theirs: what is never read cannot fail.</summary>
    public static TemplateList Generate(Func<List<object>> make) => new([]) { _make = make, IsGenerator = true };

    public IEnumerator<object> GetEnumerator() => Items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A dictionary, in the order in which its keys were set.</summary>
internal sealed class TemplateDictionary : IEnumerable<KeyValuePair<object, object>>
{
    private readonly OrderedDictionary<object, object> _items = new(KeyComparer.Shared);

    public int Count => _items.Count;

    public IEnumerable<object> Keys => _items.Keys;

    public IEnumerable<object> Values => _items.Values;

    /// <summary>Sets a key; the first of two equal keys stays, with the last value.</summary>
    /// <exception cref="TemplateException">The value cannot be a key.</exception>
    public void Set(object key, object value)
    {
        CheckKey(key);
        _items[key] = value;
    }

    public bool TryGet(object key, out object value)
    {
        CheckKey(key);
        return _items.TryGetValue(key, out value!);
    }

    public IEnumerator<KeyValuePair<object, object>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static void CheckKey(object key)
    {
        if (key is TemplateList { IsTuple: true } tuple && tuple.All(item => item is not TemplateList))
            foreach (var item in tuple)
                CheckKey(item);
        else if (key is not (bool or long or double or string or None))
            throw new TemplateException($"a value of type {PythonText.TypeName(key)} cannot be the key of a dictionary");
    }
}

/// <summary>Keys are equal where Python's are: 1, 1.0 and True are one key.</summary>
internal sealed class KeyComparer : IEqualityComparer<object>
{
    public static readonly KeyComparer Shared = new();

    public new bool Equals(object? x, object? y) => (x, y) switch
    {
        (string a, string b) => a == b,
        (TemplateList a, TemplateList b) => a.Items.SequenceEqual(b.Items, this),
        _ => PythonOperators.ToNumber(x!) is { } a && PythonOperators.ToNumber(y!) is { } b ? a.Equals(b) : ReferenceEquals(x, y),
    };

    public int GetHashCode(object key) => key switch
    {
        string text => text.GetHashCode(StringComparison.Ordinal),
        TemplateList list => list.Items.Aggregate(list.Items.Count, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        _ => PythonOperators.ToNumber(key)?.GetHashCode() ?? 0,
    };
}

/// <summary>The result of <c>namespace()</c>: its members can be set from within a loop.</summary>
internal sealed class TemplateNamespace
{
    public Dictionary<string, object> Members { get; } = [];
}

/// <summary>Something that a template can call.</summary>
internal sealed class TemplateFunction(string name, Func<CallArguments, object> call)
{
    public string Name => name;

    public object Call(CallArguments arguments) => call(arguments);
}

/// <summary>The arguments of a call.</summary>
internal sealed class CallArguments(string callee, List<object> positional, Dictionary<string, object>? named = null)
{
    public string Callee => callee;

    public List<object> Positional => positional;

    public Dictionary<string, object>? Named => named;

    /// <summary>An argument by its place or its name; null where it is absent.</summary>
    public object? Find(int index, string name) =>
        index < positional.Count ? positional[index] : named is not null && named.TryGetValue(name, out var value) ? value : null;

    /// <summary>An argument that must be there.</summary>
    /// <exception cref="TemplateException">It is absent.</exception>
    public object Get(int index, string name) => Find(index, name) ?? throw new TemplateException($"{callee} needs the argument '{name}'");

    /// <summary>A text that must be there.</summary>
    /// <exception cref="TemplateException">It is absent or not a text.</exception>
    public string GetText(int index, string name) => ToText(Get(index, name), name);

    /// <summary>A text; null where it is absent or None.</summary>
    /// <exception cref="TemplateException">It is not a text.</exception>
    public string? FindText(int index, string name) => Find(index, name) is { } value and not None ? ToText(value, name) : null;

    /// <summary>A whole number; null where it is absent or None.</summary>
    /// <exception cref="TemplateException">It is not a whole number.</exception>
    public int? FindInteger(int index, string name) => Find(index, name) switch
    {
        null or None => null,
        bool flag => flag ? 1 : 0,
        long number => (int)Math.Clamp(number, int.MinValue, int.MaxValue),
        _ => throw new TemplateException($"the argument '{name}' of {callee} is not a whole number"),
    };

    /// <summary>Whether an argument is true; false where it is absent.</summary>
    public bool Has(int index, string name) => Find(index, name) is { } value && PythonOperators.IsTrue(value);

    /// <summary>The arguments after the first ones, for another callee.</summary>
    public CallArguments Skip(int count, string otherCallee) =>
        new(otherCallee, [.. positional.Skip(count)], named);

    private string ToText(object value, string name) => value as string
        ?? throw new TemplateException($"the argument '{name}' of {callee} is {PythonText.TypeName(value)}, not a text");
}
