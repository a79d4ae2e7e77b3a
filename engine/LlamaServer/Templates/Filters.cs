using System.Globalization;
using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>The filters of Jinja2.</summary>
internal static class Filters
{
    /// <summary>The result of a filter.</summary>
    /// <exception cref="TemplateException">There is no such filter, or it cannot take the value.</exception>
    public static object Apply(string name, object value, CallArguments arguments, RenderBudget budget)
    {
        budget.Step();
        return ApplyText(name, value, arguments, budget)
            ?? SequenceFilters.Apply(name, value, arguments, budget)
            ?? ApplyValue(name, value, arguments, budget)
            ?? throw new TemplateException($"it uses the filter '{name}', which is not known");
    }

    private static object? ApplyValue(string name, object value, CallArguments arguments, RenderBudget budget) => name switch
    {
        "default" or "d" => value is Undefined || (arguments.Has(1, "boolean") && !PythonOperators.IsTrue(value))
            ? arguments.Find(0, "default_value") ?? "" : value,
        "tojson" => JsonText.Write(value, arguments, budget),
        "length" or "count" => Sequences.Count(value),
        "string" => PythonText.ToText(value, budget),
        "safe" => value,
        "attr" => Members.Get(value, arguments.GetText(0, "name"), budget),
        "int" => ToInteger(value, arguments),
        "float" => ToFloat(value, arguments),
        "abs" => PythonOperators.ToInteger(value) is { } number ? Math.Abs(Math.Max(number, -long.MaxValue))
            : (object)Math.Abs(Number(value, name)),
        "round" => Round(value, arguments),
        "format" => TextFormat.Format(PythonText.ToText(value, budget), arguments.Positional, budget),
        "pprint" => Representation(value, budget),
        _ => null,
    };

    private static object? ApplyText(string name, object value, CallArguments arguments, RenderBudget budget)
    {
        switch (name)
        {
            case "trim":
                return TextMethods.Strip(Text(), arguments.FindText(0, "chars"), true, true);
            case "upper":
                return Text().ToUpperInvariant();
            case "lower":
                return Text().ToLowerInvariant();
            case "capitalize":
                return TextMethods.Capitalize(Text());
            case "title":
                return Title(Text());
            case "replace":
                return TextMethods.Replace(Text(), PythonText.ToText(arguments.Get(0, "old"), budget),
                    PythonText.ToText(arguments.Get(1, "new"), budget), arguments.FindInteger(2, "count"), budget);
            case "indent":
                return Indent(Text(), arguments, budget);
            case "escape" or "e" or "forceescape":
                return Escape(Text(), budget);
            case "center":
                return TextMethods.Find("center", Text(), budget)!(
                    new CallArguments(name, [(long)(arguments.FindInteger(0, "width") ?? 80)]));
            case "wordcount":
                return (long)Text().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            case "truncate":
                return Truncate(Text(), arguments);
            case "urlencode":
                return Uri.EscapeDataString(Text()).Replace("%2F", "/", StringComparison.Ordinal);
            default:
                return null;
        }

        string Text()
        {
            var text = PythonText.ToText(value, budget);
            budget.Spend(text.Length);
            return text;
        }
    }

    // A letter begins a word after white space, a dash or an opening bracket.
    private static string Title(string text)
    {
        var starts = true;
        var output = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            output.Append(starts ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
            starts = PythonText.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<';
        }
        return output.ToString();
    }

    private static string Indent(string text, CallArguments arguments, RenderBudget budget)
    {
        var indent = arguments.Find(0, "width") is string given ? given
            : new string(' ', Math.Clamp(arguments.FindInteger(0, "width") ?? 4, 0, 1000));
        var indentsBlank = arguments.Has(2, "blank");
        var lines = TextSplitting.SplitLines(text + "\n", keepEnds: false);
        budget.Spend((long)lines.Count * indent.Length);
        var output = new StringBuilder(arguments.Has(1, "first") ? indent : "").Append(lines[0]);
        foreach (var line in lines.Skip(1))
            output.Append('\n').Append(line.Length > 0 || indentsBlank ? indent : "").Append(line);
        return output.ToString();
    }

    private static string Escape(string text, RenderBudget budget)
    {
        var escaped = text.Replace("&", "&amp;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal);
        budget.Spend(escaped.Length);
        return escaped;
    }

    private static string Truncate(string text, CallArguments arguments)
    {
        var length = arguments.FindInteger(0, "length") ?? 255;
        var end = arguments.FindText(2, "end") ?? "...";
        var parts = CodePoints.Split(text);
        if (parts.Count <= (long)length + (arguments.FindInteger(3, "leeway") ?? 5))
            return text;
        var kept = CodePoints.Join(parts[..Math.Clamp(length - CodePoints.Count(end), 0, parts.Count)]);
        if (!arguments.Has(1, "killwords") && kept.LastIndexOf(' ') is var at and >= 0)
            kept = kept[..at];
        return kept + end;
    }

    private static object ToInteger(object value, CallArguments arguments)
    {
        var absent = arguments.Find(0, "default") ?? 0L;
        if (PythonOperators.ToInteger(value) is { } whole)
            return whole;
        if (value is string text && long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var read))
            return read;
        var number = value is double d ? d : value is string s ? ParseFloat(s) : null;
        return number is { } found && Math.Abs(found) < long.MaxValue ? (long)found : absent;
    }

    private static object ToFloat(object value, CallArguments arguments) =>
        PythonOperators.ToNumber(value) ?? (value is string text ? ParseFloat(text) : null) ?? arguments.Find(0, "default") ?? 0.0;

    private static double? ParseFloat(string text) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static object Round(object value, CallArguments arguments)
    {
        if (value is bool or long && (arguments.FindText(1, "method") is null or "common"))
            return PythonOperators.ToInteger(value)!;
        var factor = Math.Pow(10, Math.Clamp(arguments.FindInteger(0, "precision") ?? 0, -300, 300));
        var number = Number(value, "round");
        return (arguments.FindText(1, "method") ?? "common") switch
        {
            "common" => factor >= 1 && factor <= 1e15 ? Math.Round(number, (int)Math.Log10(factor), MidpointRounding.ToEven)
                : Math.Round(number * factor, MidpointRounding.ToEven) / factor,
            "ceil" => Math.Ceiling(number * factor) / factor,
            "floor" => Math.Floor(number * factor) / factor,
            _ => throw new TemplateException("the method of round is common, ceil or floor"),
        };
    }

    private static double Number(object value, string filter) => PythonOperators.ToNumber(value)
        ?? throw new TemplateException($"the filter '{filter}' takes a number, and there is {PythonOperators.Describe(value)}");

    private static string Representation(object value, RenderBudget budget)
    {
        var output = new StringBuilder();
        PythonText.AppendRepresentation(output, value, budget);
        return output.ToString();
    }
}
