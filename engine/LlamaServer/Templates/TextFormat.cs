using System.Globalization;
using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>Python's formats of texts, as far as templates use them: <c>'%s' % x</c> and <c>'{}'.format(x)</c>.</summary>
internal static class TextFormat
{
    /// <summary>The <c>%</c> format.</summary>
    /// <exception cref="TemplateException">There are too few values, or a format that this interpreter does not have.</exception>
    public static string Format(string format, List<object> values, RenderBudget budget)
    {
        var output = new StringBuilder();
        var next = 0;
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                output.Append(format[at]);
                continue;
            }
            var kind = ++at < format.Length ? format[at] : '\0';
            if (kind == '%')
                output.Append('%');
            else if (next >= values.Count)
                throw new TemplateException("the format has more places than there are values");
            else
                output.Append(FormatOne(kind, values[next++], budget));
        }
        if (next < values.Count && values is not [TemplateDictionary or TemplateList { IsTuple: false }])
            throw new TemplateException("there are more values than the format has places");
        budget.Spend(output.Length);
        return output.ToString();
    }

    /// <summary>The format of <c>str.format</c> with <c>{}</c>, <c>{0}</c> and <c>{name}</c>.</summary>
    /// <exception cref="TemplateException">A place has no value, or a form that this interpreter does not have.</exception>
    public static string FormatBraces(string format, CallArguments arguments, RenderBudget budget)
    {
        var output = new StringBuilder();
        var next = 0;
        for (var at = 0; at < format.Length; at++)
        {
            var c = format[at];
            if (c is not ('{' or '}'))
            {
                output.Append(c);
            }
            else if (at + 1 < format.Length && format[at + 1] == c)
            {
                output.Append(c);
                at++;
            }
            else
            {
                var end = c == '{' ? format.IndexOf('}', at) : -1;
                if (end < 0)
                    throw new TemplateException("a brace of the format has no partner");
                var value = FindPlace(format[(at + 1)..end], arguments, ref next);
                output.Append(PythonText.ToText(value, budget));
                at = end;
            }
        }
        budget.Spend(output.Length);
        return output.ToString();
    }

    private static object FindPlace(string place, CallArguments arguments, ref int next)
    {
        if (place.Length == 0)
            return arguments.Get(next++, FormattableString.Invariant($"{next - 1}"));
        return int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? arguments.Get(index, place)
            : arguments.Get(int.MaxValue, place);
    }

    private static string FormatOne(char kind, object value, RenderBudget budget)
    {
        switch (kind)
        {
            case 's':
                return PythonText.ToText(value, budget);
            case 'r':
                var output = new StringBuilder();
                PythonText.AppendRepresentation(output, value, budget);
                return output.ToString();
            case 'd' or 'i' when PythonOperators.ToNumber(value) is { } number:
                return Math.Truncate(number).ToString("F0", CultureInfo.InvariantCulture);
            case 'f' when PythonOperators.ToNumber(value) is { } number:
                return number.ToString("F6", CultureInfo.InvariantCulture);
            default:
                throw new TemplateException($"the format '%{kind}' is not possible for {PythonOperators.Describe(value)}");
        }
    }
}
