namespace MemoryWall.LlamaServer.Templates;

/// <summary>The variable <c>loop</c> within a loop. Items are taken one at a time, because a condition of the loop may depend on what its
/// body sets.</summary>
internal sealed class Loop(IEnumerator<object> source, int depth, Func<object, object> recurse)
{
    private readonly Queue<object> _ahead = new();
    private object? _previous;
    private object? _current;
    private List<object>? _changed;
    private long _index = -1;

    /// <summary>Goes to the next item; null at the end.</summary>
    public object? Next()
    {
        if (!TryFill(1))
            return null;
        _previous = _current;
        _current = _ahead.Dequeue();
        _index++;
        return _current;
    }

    /// <summary><c>loop(items)</c>: the same body for other items.</summary>
    public object Recurse(object items) => recurse(items);

    /// <summary>A member by its name; null where there is none.</summary>
    public object? Find(string name, RenderBudget budget) => name switch
    {
        "index" => _index + 1,
        "index0" => _index,
        "first" => _index == 0,
        "last" => !TryFill(1),
        "length" => Length(),
        "revindex" => Length() - _index,
        "revindex0" => Length() - _index - 1,
        "depth" => (long)depth,
        "depth0" => depth - 1L,
        "previtem" => _previous ?? new Undefined("previtem"),
        "nextitem" => TryFill(1) ? _ahead.Peek() : new Undefined("nextitem"),
        "cycle" => new TemplateFunction(name, arguments => arguments.Positional.Count > 0
            ? arguments.Positional[(int)(_index % arguments.Positional.Count)]
            : throw new TemplateException("loop.cycle needs values")),
        "changed" => new TemplateFunction(name, arguments => HasChanged(arguments.Positional, budget)),
        _ => null,
    };

    private long Length()
    {
        while (TryFill(_ahead.Count + 1))
        {
            // Takes all items.
        }
        return _index + 1 + _ahead.Count;
    }

    private bool TryFill(int count)
    {
        while (_ahead.Count < count && source.MoveNext())
            _ahead.Enqueue(source.Current);
        return _ahead.Count >= count;
    }

    private object HasChanged(List<object> values, RenderBudget budget)
    {
        if (_changed is { } last && PythonOperators.AreEqual(new TemplateList(last), new TemplateList(values), budget))
            return false;
        _changed = values;
        return true;
    }
}
