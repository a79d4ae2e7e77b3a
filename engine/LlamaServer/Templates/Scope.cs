namespace MemoryWall.LlamaServer.Templates;

/// <summary>The names of a part of a template, and of the parts around it. What a loop or a macro sets is not seen outside of it.</summary>
internal sealed class Scope(Scope? outer)
{
    private Dictionary<string, object>? _names;

    public void Set(string name, object value) => (_names ??= [])[name] = value;

    /// <summary>The value of a name; null where nothing sets it.</summary>
    public object? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._names is { } names && names.TryGetValue(name, out var value))
                return value;
        return null;
    }

    private Scope? Outer => outer;
}
