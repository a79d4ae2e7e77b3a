using System.Globalization;
using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>Values as JSON in the form of Python's <c>json.dumps</c>, with transformers' settings: letters beyond ASCII stay.</summary>
internal sealed class JsonText
{
    private const int MaxIndent = 100;
    private readonly StringBuilder _output = new();
    private readonly RenderBudget _budget;
    private readonly string? _indent;
    private readonly string _itemSeparator;
    private readonly string _keySeparator = ": ";
    private readonly bool _isAscii;
    private readonly bool _sortsKeys;

    private JsonText(CallArguments arguments, RenderBudget budget)
    {
        _budget = budget;
        _indent = arguments.Find(0, "indent") switch
        {
            string text => text.Length <= MaxIndent ? text : throw new TemplateException("the indent of tojson is too long"),
            null or None or bool => null,
            _ => new string(' ', Math.Clamp(arguments.FindInteger(0, "indent") ?? 0, 0, MaxIndent)),
        };
        _itemSeparator = _indent is null ? ", " : ",";
        if (arguments.Find(int.MaxValue, "separators") is TemplateList { Items: [string item, string key] })
            (_itemSeparator, _keySeparator) = (item, key);
        _isAscii = arguments.Has(int.MaxValue, "ensure_ascii");
        _sortsKeys = arguments.Has(int.MaxValue, "sort_keys");
    }

    /// <summary>The filter <c>tojson</c>.</summary>
    /// <exception cref="TemplateException">The value is nothing that JSON has.</exception>
    public static string Write(object value, CallArguments arguments, RenderBudget budget)
    {
        var json = new JsonText(arguments, budget);
        json.Append(value, 0);
        return json._output.ToString();
    }

    private void Append(object value, int level)
    {
        _budget.Step();
        _budget.Enter();
        var before = _output.Length;
        switch (value)
        {
            case string text:
                AppendText(text);
                break;
            case TemplateList list:
                AppendMany('[', ']', list.Items, level, item => Append(item, level + 1));
                break;
            case TemplateDictionary dictionary:
                AppendMany('{', '}', Pairs(dictionary), level, pair =>
                {
                    AppendText(pair.Key);
                    _output.Append(_keySeparator);
                    Append(pair.Value, level + 1);
                });
                break;
            default:
                _output.Append(Scalar(value)
                    ?? throw new TemplateException($"{PythonOperators.Describe(value)} cannot be written as JSON"));
                break;
        }
        _budget.Leave();
        _budget.Spend(_output.Length - before);
    }

    private static string? Scalar(object value) => value switch
    {
        None => "null",
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => double.IsFinite(number) ? PythonText.FormatNumber(number)
            : double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity",
        _ => null,
    };

    private List<(string Key, object Value)> Pairs(TemplateDictionary dictionary)
    {
        var pairs = dictionary.Select(pair => (Key: pair.Key as string ?? Scalar(pair.Key)
            ?? throw new TemplateException("a key of a JSON object is a text"), pair.Value)).ToList();
        return _sortsKeys ? [.. pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal)] : pairs;
    }

    private void AppendMany<T>(char open, char close, List<T> items, int level, Action<T> append)
    {
        _output.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
                _output.Append(_itemSeparator);
            AppendLine(level + 1);
            append(items[i]);
        }
        if (items.Count > 0)
            AppendLine(level);
        _output.Append(close);
    }

    private void AppendLine(int level)
    {
        if (_indent is null)
            return;
        _output.Append('\n');
        for (; level > 0; level--)
            _output.Append(_indent);
    }

    private void AppendText(string text)
    {
        _output.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _output.Append("\\\""),
                '\\' => _output.Append("\\\\"),
                '\n' => _output.Append("\\n"),
                '\r' => _output.Append("\\r"),
                '\t' => _output.Append("\\t"),
                '\b' => _output.Append("\\b"),
                '\f' => _output.Append("\\f"),
                < ' ' => AppendCode(c),
                > '~' when _isAscii => AppendCode(c),
                _ => _output.Append(c),
            };
        }
        _output.Append('"');
    }

    private StringBuilder AppendCode(char c) => _output.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
}
