using System.Globalization;
using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>Values as Python writes them.</summary>
internal static class PythonText
{
    /// <summary>White space as Python's <c>str.isspace</c> knows it.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    public static string StripStart(string text)
    {
        var at = 0;
        while (at < text.Length && IsSpace(text[at]))
            at++;
        return text[at..];
    }

    public static string StripEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
            end--;
        return text[..end];
    }

    /// <summary>The name of a value's type, for messages.</summary>
    public static string TypeName(object value) => value switch
    {
        None => "none",
        Undefined => "undefined",
        bool => "a boolean",
        long => "a whole number",
        double => "a number",
        string => "a text",
        TemplateList { IsTuple: true } => "a tuple",
        TemplateList => "a list",
        TemplateDictionary => "a dictionary",
        TemplateNamespace => "a namespace",
        _ => "a function",
    };

    /// <summary>A value as <c>str()</c> writes it.</summary>
    public static string ToText(object value, RenderBudget budget)
    {
        if (value is string text)
            return text;
        if (value is Undefined)
            return "";
        var output = new StringBuilder();
        AppendRepresentation(output, value, budget);
        return output.ToString();
    }

    /// <summary>A value as <c>repr()</c> writes it.</summary>
    public static void AppendRepresentation(StringBuilder output, object value, RenderBudget budget)
    {
        budget.Step();
        budget.Enter();
        var before = output.Length;
        switch (value)
        {
            case string text:
                AppendQuoted(output, text);
                break;
            case bool flag:
                output.Append(flag ? "True" : "False");
                break;
            case long number:
                output.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                output.Append(FormatNumber(number));
                break;
            case TemplateList list:
                AppendList(output, list, budget);
                break;
            case TemplateDictionary dictionary:
                AppendDictionary(output, dictionary, budget);
                break;
            default:
                output.Append(value switch
                {
                    None => "None",
                    Undefined => "Undefined",
                    TemplateFunction function => $"<function {function.Name}>",
                    _ => "<object>",
                });
                break;
        }
        budget.Leave();
        budget.Spend(output.Length - before);
    }

    /// <summary>A number as Python writes a float.</summary>
    public static string FormatNumber(double number)
    {
        if (double.IsNaN(number))
            return "nan";
        if (double.IsInfinity(number))
            return number > 0 ? "inf" : "-inf";
        var size = Math.Abs(number);
        if (size is not 0 and (< 1e-4 or >= 1e16))
        {
            var text = number.ToString("R", CultureInfo.InvariantCulture);
            var at = text.IndexOf('E', StringComparison.Ordinal);
            // .NET writes 1e16 in digits.
            if (at < 0)
                return WithExponent(text);
            var exponent = int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            return FormattableString.Invariant($"{text[..at]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }
        var digits = number.ToString("R", CultureInfo.InvariantCulture);
        // .NET writes numbers from 1e15 on with an exponent, and whole ones without a fraction.
        if (digits.Contains('E', StringComparison.Ordinal))
            digits = number.ToString("F0", CultureInfo.InvariantCulture);
        return digits.Contains('.', StringComparison.Ordinal) ? digits : digits + ".0";
    }

    private static string WithExponent(string digits)
    {
        var sign = digits[0] == '-' ? "-" : "";
        digits = digits[sign.Length..];
        var rest = digits[1..].TrimEnd('0');
        return FormattableString.Invariant($"{sign}{digits[0]}{(rest.Length > 0 ? "." : "")}{rest}e+{digits.Length - 1:00}");
    }

    private static void AppendList(StringBuilder output, TemplateList list, RenderBudget budget)
    {
        output.Append(list.IsTuple ? '(' : '[');
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (i > 0)
                output.Append(", ");
            AppendRepresentation(output, list.Items[i], budget);
        }
        output.Append(list is { IsTuple: true, Items.Count: 1 } ? "," : "").Append(list.IsTuple ? ')' : ']');
    }

    private static void AppendDictionary(StringBuilder output, TemplateDictionary dictionary, RenderBudget budget)
    {
        output.Append('{');
        var isFirst = true;
        foreach (var (key, value) in dictionary)
        {
            if (!isFirst)
                output.Append(", ");
            isFirst = false;
            AppendRepresentation(output, key, budget);
            output.Append(": ");
            AppendRepresentation(output, value, budget);
        }
        output.Append('}');
    }

    private static void AppendQuoted(StringBuilder output, string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        output.Append(quote);
        foreach (var c in text)
        {
            if (c == quote || c == '\\')
                output.Append('\\').Append(c);
            else if (c is '\n' or '\r' or '\t')
                output.Append('\\').Append(c switch { '\n' => 'n', '\r' => 'r', _ => 't' });
            else if (c < ' ' || c is >= '\x7f' and <= '\xa0' or '\xad')
                output.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else
                output.Append(c);
        }
        output.Append(quote);
    }
}
