using MemoryWall.Core.Primitives;
using MemoryWall.Core.Time;

namespace MemoryWall.Core.Tables;

/// <summary>
/// One column of a table, declared once. The header, the cells, the reader, the JSON, the data frame and the documentation follow from
/// the declaration.
/// </summary>
/// <typeparam name="TRow">The record that one row describes.</typeparam>
internal sealed record Column<TRow> : FieldDoc
{
    private readonly Func<TRow, object?> _get;

    // Null for a column that is derived, or that is read together with others.
    private readonly Func<TRow, object, TRow>? _set;

    private Column(FieldDoc doc, ColumnType type, Func<TRow, object?> get, Func<TRow, object, TRow>? set)
        : base(doc)
    {
        Type = type;
        _get = get;
        _set = set;
    }

    /// <summary>What its values are.</summary>
    public ColumnType Type { get; }

    /// <summary>Whether a stored row without this value is skipped.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether a stored value is read back into a row.</summary>
    public bool IsReadBack => _set is not null;

    /// <summary>Whether a value of the right type is also in range, or in the vocabulary. A list is checked word by word.</summary>
    public Func<object, bool> Accepts { get; private init; } = _ => true;

    /// <summary>A whole number that fits an <see cref="int"/>.</summary>
    public static Column<TRow> Integer(string name, string unit, string meaning, string absent,
        Func<TRow, int?> get, Func<TRow, int, TRow>? set = null) =>
        new(new FieldDoc(name, unit, meaning, absent), ColumnType.Integer, row => (long?)get(row),
            set is null ? null : (row, value) => set(row, (int)(long)value))
        {
            Accepts = value => (long)value is >= int.MinValue and <= int.MaxValue,
        };

    /// <summary>A whole number.</summary>
    public static Column<TRow> Integer(string name, string unit, string meaning, string absent,
        Func<TRow, long?> get, Func<TRow, long, TRow>? set = null) =>
        new(new FieldDoc(name, unit, meaning, absent), ColumnType.Integer, row => get(row),
            set is null ? null : (row, value) => set(row, (long)value));

    /// <summary>A duration.</summary>
    public static Column<TRow> Seconds(string name, string unit, string meaning, string absent,
        Func<TRow, TimeSpan?> get, Func<TRow, TimeSpan, TRow>? set = null) =>
        new(new FieldDoc(name, unit, meaning, absent), ColumnType.Seconds,
            row => get(row) is { } duration ? ExactSeconds.From(duration) : null,
            set is null ? null : (row, value) => ExactSeconds.TryConvert((decimal)value, out TimeSpan time) ? set(row, time) : row)
        {
            Accepts = value => ExactSeconds.TryConvert((decimal)value, out TimeSpan _),
        };

    /// <summary>A point on the run's clock.</summary>
    public static Column<TRow> Seconds(string name, string unit, string meaning, string absent,
        Func<TRow, Instant?> get, Func<TRow, Instant, TRow>? set = null) =>
        new(new FieldDoc(name, unit, meaning, absent), ColumnType.Seconds,
            row => get(row) is { } at ? ExactSeconds.From(at) : null,
            set is null ? null : (row, value) => ExactSeconds.TryConvert((decimal)value, out Instant at) ? set(row, at) : row)
        {
            Accepts = value => ExactSeconds.TryConvert((decimal)value, out Instant _),
        };

    /// <summary>A number with a fraction.</summary>
    public static Column<TRow> Number(string name, string unit, string meaning, string absent,
        Func<TRow, double?> get, Func<TRow, double, TRow>? set = null) =>
        new(new FieldDoc(name, unit, meaning, absent), ColumnType.Number, row => get(row),
            set is null ? null : (row, value) => set(row, (double)value));

    /// <summary>True or false.</summary>
    public static Column<TRow> Flag(string name, string meaning, string absent,
        Func<TRow, bool?> get, Func<TRow, bool, TRow>? set = null) =>
        new(new FieldDoc(name, "", meaning, absent), ColumnType.Flag, row => get(row),
            set is null ? null : (row, value) => set(row, (bool)value));

    /// <summary>A word of this program.</summary>
    public static Column<TRow> Word(string name, string meaning, string absent, Func<TRow, string?> get) =>
        new(new FieldDoc(name, "", meaning, absent), ColumnType.Word, get, set: null);

    /// <summary>The stored name of an enum member.</summary>
    public static Column<TRow> Word<TEnum>(string name, string meaning, string absent,
        Func<TRow, TEnum> get, Func<TRow, TEnum, TRow> set)
        where TEnum : struct, Enum =>
        new(new FieldDoc(name, "", meaning, absent), ColumnType.Word, row => EnumNames.Name(get(row)),
            (row, value) => EnumNames.TryParse<TEnum>((string)value, out var member) ? set(row, member) : row)
        {
            Accepts = value => EnumNames.TryParse<TEnum>((string)value, out _),
        };

    /// <summary>The stored name of an enum member that a row may lack.</summary>
    public static Column<TRow> OptionalWord<TEnum>(string name, string meaning, string absent,
        Func<TRow, TEnum?> get, Func<TRow, TEnum, TRow> set)
        where TEnum : struct, Enum =>
        new(new FieldDoc(name, "", meaning, absent), ColumnType.Word, row => get(row) is { } member ? EnumNames.Name(member) : null,
            (row, value) => EnumNames.TryParse<TEnum>((string)value, out var member) ? set(row, member) : row)
        {
            Accepts = value => EnumNames.TryParse<TEnum>((string)value, out _),
        };

    /// <summary>A list of words of this program, each of which <paramref name="accepts"/> knows.</summary>
    public static Column<TRow> Words(string name, string meaning, Func<TRow, IReadOnlyList<string>> get,
        Func<TRow, IReadOnlyList<string>, TRow>? set = null, Func<string, bool>? accepts = null) =>
        new(new FieldDoc(name, "", meaning, "The list is empty."), ColumnType.Words, get,
            set is null ? null : (row, value) => set(row, (IReadOnlyList<string>)value))
        {
            Accepts = value => accepts is null || accepts((string)value),
        };

    /// <summary>Text from elsewhere.</summary>
    public static Column<TRow> Text(string name, string meaning, string absent,
        Func<TRow, string?> get, Func<TRow, string, TRow>? set = null) =>
        new(new FieldDoc(name, "", meaning, absent), ColumnType.Text, get,
            set is null ? null : (row, value) => set(row, (string)value));

    /// <summary>The value of a row in the form that <see cref="ColumnType"/> names; null where it is absent.</summary>
    public object? Get(TRow row) => _get(row);

    /// <summary>The row with a value that <see cref="Accepts"/>; the row as it is where the column is not read back.</summary>
    public TRow Set(TRow row, object value) => _set is null ? row : _set(row, value);

    /// <summary>The same column of a larger row that contains this one.</summary>
    /// <param name="get">The contained row; null where there is none, and all its values are absent then.</param>
    /// <param name="change">Applies a change to the contained row. It decides what a value means where there is no such row yet.</param>
    public Column<TOuter> Within<TOuter>(Func<TOuter, TRow?> get, Func<TOuter, Func<TRow, TRow>, TOuter>? change = null) =>
        new(this, Type, outer => get(outer) is { } row ? _get(row) : null,
            change is null || _set is null ? null : (outer, value) => change(outer, row => _set(row, value)))
        {
            IsRequired = IsRequired,
            Accepts = Accepts,
        };
}
