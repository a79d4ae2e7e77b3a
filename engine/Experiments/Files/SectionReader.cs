using MemoryWall.Core.Primitives;

namespace MemoryWall.Experiments.Files;

/// <summary>Reads the fields of one section. Errors name the file, the line and the field, what it was and what would be right.</summary>
internal sealed class SectionReader
{
    private readonly string _file;
    private readonly string _section;
    private readonly Dictionary<string, YamlEntry> _entries;

    /// <param name="file">The file's name, for messages.</param>
    /// <param name="section">The section; empty for the file itself.</param>
    /// <param name="node">Its content; null where the file does not have it.</param>
    /// <exception cref="FormatException">It is no map, or it has a field that is not declared.</exception>
    public SectionReader(string file, string section, YamlNode? node)
    {
        (_file, _section) = (file, section);
        var map = node switch
        {
            null or YamlText { IsNull: true } => new YamlMap(0, []),
            YamlMap known => known,
            _ => throw new FormatException(section.Length == 0
                ? $"{file}:{node.Line}: an experiment is a map of fields; memwall experiment schema lists them"
                : $"{file}:{node.Line}: {section}: write a map of {ListNames()}"),
        };
        var unknown = map.Entries.FirstOrDefault(entry => ExperimentFields.Of(section).All(field => field.Name != entry.Key));
        if (unknown is not null)
            throw new FormatException($"{file}:{unknown.Line}: {PathOf(Shorten(unknown.Key))} is no field; write {ListNames()}");
        _entries = map.Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
    }

    /// <summary>Whether the file has a field with a value.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The reader of a section within this one.</summary>
    public SectionReader Open(string name) => new(_file, name, Find(name));

    /// <summary>What a field contains; null where the file does not have it.</summary>
    public YamlNode? Find(string name) =>
        Declared(name) is var field && _entries.GetValueOrDefault(field.Name)?.Value is { } value && value is not YamlText { IsNull: true }
            ? value
            : null;

    /// <summary>Reads a field with one value; null where the file does not have it.</summary>
    public T? ReadObject<T>(string name, Func<string, T> parse)
        where T : class => Find(name) is { } node ? Parse(name, AsText(name, node), parse) : null;

    /// <summary>Reads a field with one value; null where the file does not have it.</summary>
    public T? ReadValue<T>(string name, Func<string, T> parse)
        where T : struct => Find(name) is { } node ? Parse(name, AsText(name, node), parse) : null;

    /// <summary>Reads a whole number; null where the file does not have it.</summary>
    public int? ReadNumber(string name, int min) => ReadValue(name, text => ParseNumber(name, text, min));

    /// <summary>Reads a field with one value or a list of values, each once; empty where the file does not have it.</summary>
    /// <param name="name">The field.</param>
    /// <param name="check">Throws a <see cref="FormatException"/> for a wrong value.</param>
    public IReadOnlyList<AxisValue> ReadValues(string name, Action<string> check)
    {
        var values = new List<AxisValue>();
        var node = Find(name);
        foreach (var item in node is YamlList list ? list.Items : node is null ? [] : [node])
        {
            var text = AsText(name, item);
            _ = Parse(name, text, value =>
            {
                check(value);
                return value;
            });
            if (values.Any(known => known.Text == text.Text))
                throw Fail(name, item.Line, $"'{Shorten(text.Text)}' is there twice; write it once");
            values.Add(new AxisValue(text.Text, item.Line));
        }
        return node is YamlList { Items.Count: 0 }
            ? throw Fail(name, node.Line, "the list is empty; leave it out, or write a value")
            : values;
    }

    /// <summary>An error about a field.</summary>
    public FormatException Fail(string name, int line, string message) => new($"{_file}:{line}: {PathOf(name)}: {message}");

    /// <summary>An error about a field that is missing.</summary>
    public FormatException FailMissing(string name) =>
        new($"{_file}: {PathOf(name)} is missing; write for example {name}: {Declared(name).Example}");

    /// <summary>A whole number of a field.</summary>
    /// <exception cref="FormatException">It is none, or too small.</exception>
    public int ParseNumber(string name, string text, int min) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            && number >= min
            ? number
            : throw new FormatException(FormattableString.Invariant($"'{Shorten(text)}' is not a whole number of {min} or more")
                + $"; for example {Declared(name).Example}");

    private T Parse<T>(string name, YamlText text, Func<string, T> parse)
    {
        try
        {
            return parse(text.Text);
        }
        catch (FormatException error)
        {
            throw Fail(name, text.Line, SafeText.ToSingleLine(error.Message));
        }
    }

    private YamlText AsText(string name, YamlNode node) => node is YamlText { IsNull: false } text
        ? text
        : throw Fail(name, node.Line, $"this is no single value; write for example {Declared(name).Example}");

    private ExperimentField Declared(string name) => ExperimentFields.Of(_section).First(field => field.Name == name);

    private string ListNames() => string.Join(", ", ExperimentFields.Of(_section).Select(field => field.Name));

    private string PathOf(string name) => _section.Length == 0 ? name : $"{_section}.{name}";

    private static string Shorten(string text) => SafeText.ToSingleLine(text, SafeText.MaxNameLength);
}
