namespace MemoryWall.LlamaServer.Templates;

/// <summary>The tests of Jinja2: what follows <c>is</c>.</summary>
internal static class Tests
{
    /// <summary>Whether a value passes a test.</summary>
    /// <exception cref="TemplateException">There is no such test, or it cannot take the value.</exception>
    public static bool Check(string name, object value, CallArguments arguments, RenderBudget budget)
    {
        budget.Step();
        return CheckType(name, value) ?? CheckValue(name, value, arguments, budget)
            ?? throw new TemplateException($"it uses the test '{name}', which is not known");
    }

    private static bool? CheckType(string name, object value) => name switch
    {
        "defined" => value is not Undefined,
        "undefined" => value is Undefined,
        "none" => value is None,
        "boolean" => value is bool,
        "true" => value is true,
        "false" => value is false,
        "integer" => value is long,
        "float" => value is double,
        "number" => value is bool or long or double,
        "string" => value is string,
        "mapping" => value is TemplateDictionary,
        "sequence" => value is string or TemplateList or TemplateDictionary or Undefined,
        "iterable" => value is string or TemplateList or TemplateDictionary or Undefined,
        "callable" => value is TemplateFunction,
        "escaped" => false,
        _ => null,
    };

    private static bool? CheckValue(string name, object value, CallArguments arguments, RenderBudget budget) => name switch
    {
        "eq" or "equalto" or "==" => PythonOperators.AreEqual(value, arguments.Get(0, "other"), budget),
        "ne" or "!=" => !PythonOperators.AreEqual(value, arguments.Get(0, "other"), budget),
        "lt" or "lessthan" or "<" => PythonOperators.Compare(value, arguments.Get(0, "other"), budget) < 0,
        "le" or "<=" => PythonOperators.Compare(value, arguments.Get(0, "other"), budget) <= 0,
        "gt" or "greaterthan" or ">" => PythonOperators.Compare(value, arguments.Get(0, "other"), budget) > 0,
        "ge" or ">=" => PythonOperators.Compare(value, arguments.Get(0, "other"), budget) >= 0,
        "in" => PythonOperators.Contains(arguments.Get(0, "other"), value, budget),
        "sameas" => ReferenceEquals(value, arguments.Get(0, "other")) || (value is bool && value.Equals(arguments.Get(0, "other"))),
        "odd" => Remainder(value, 2L, budget) == 1,
        "even" => Remainder(value, 2L, budget) == 0,
        "divisibleby" => Remainder(value, arguments.Get(0, "other"), budget) == 0,
        "lower" => IsCased(PythonText.ToText(value, budget), char.IsUpper, char.IsLower),
        "upper" => IsCased(PythonText.ToText(value, budget), char.IsLower, char.IsUpper),
        _ => null,
    };

    private static double Remainder(object value, object divisor, RenderBudget budget) =>
        PythonOperators.Compute("%", Number(value), Number(divisor), budget) switch { long whole => whole, var number => (double)number };

    private static object Number(object value) => PythonOperators.ToNumber(value) is not null ? value
        : throw new TemplateException($"{PythonOperators.Describe(value)} is no number");

    private static bool IsCased(string text, Func<char, bool> isOther, Func<char, bool> isMeant) => text.Any(isMeant) && !text.Any(isOther);
}
