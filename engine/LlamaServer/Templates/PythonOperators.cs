namespace MemoryWall.LlamaServer.Templates;

/// <summary>Python's operators for the values of a template.</summary>
internal static class PythonOperators
{
    /// <summary>Whether a value counts as true.</summary>
    public static bool IsTrue(object value) => value switch
    {
        bool flag => flag,
        None or Undefined => false,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        TemplateList list => list.IsGenerator || list.Items.Count > 0,
        TemplateDictionary dictionary => dictionary.Count > 0,
        _ => true,
    };

    /// <summary>A number or a boolean as a number; null for any other value.</summary>
    public static double? ToNumber(object value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        double number => number,
        _ => null,
    };

    /// <summary>A whole number or a boolean as a whole number; null for any other value.</summary>
    public static long? ToInteger(object value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        _ => null,
    };

    public static bool AreEqual(object left, object right, RenderBudget budget)
    {
        budget.Step();
        if (ToInteger(left) is { } a && ToInteger(right) is { } b)
            return a == b;
        if (ToNumber(left) is { } x && ToNumber(right) is { } y)
            return x.Equals(y) && !double.IsNaN(x);
        switch (left, right)
        {
            case (string s, string t):
                return s == t;
            case (TemplateList s, TemplateList t):
                return s.IsTuple == t.IsTuple && s.Items.Count == t.Items.Count && AllEqual(s.Items, t.Items, budget);
            case (TemplateDictionary s, TemplateDictionary t):
                return s.Count == t.Count && AllEqual(s, t, budget);
            case (Undefined, Undefined):
                return true;
            default:
                return ReferenceEquals(left, right);
        }
    }

    /// <summary>-1, 0 or 1, as the left value is less than, equal to or greater than the right one.</summary>
    /// <exception cref="TemplateException">The values have no order.</exception>
    public static int Compare(object left, object right, RenderBudget budget)
    {
        budget.Step();
        if (ToInteger(left) is { } a && ToInteger(right) is { } b)
            return a.CompareTo(b);
        if (ToNumber(left) is { } x && ToNumber(right) is { } y)
            return x.CompareTo(y);
        if (left is string s && right is string t)
            return Math.Sign(string.CompareOrdinal(s, t));
        if (left is not TemplateList first || right is not TemplateList second || first.IsTuple != second.IsTuple)
            throw new TemplateException($"{Describe(left)} and {Describe(right)} have no order");
        budget.Enter();
        for (var i = 0; i < Math.Min(first.Items.Count, second.Items.Count); i++)
            if (!AreEqual(first.Items[i], second.Items[i], budget))
                return LeaveWith(Compare(first.Items[i], second.Items[i], budget), budget);
        return LeaveWith(first.Items.Count.CompareTo(second.Items.Count), budget);
    }

    /// <summary>Whether a value is in a text, list or dictionary.</summary>
    /// <exception cref="TemplateException">The container is something else.</exception>
    public static bool Contains(object container, object value, RenderBudget budget)
    {
        switch (container)
        {
            case string text:
                return value is string part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw new TemplateException($"{Describe(value)} cannot be in a text");
            case TemplateList list:
                foreach (var item in list)
                    if (AreEqual(item, value, budget))
                        return true;
                return false;
            case TemplateDictionary dictionary:
                return dictionary.TryGet(value, out _);
            case Undefined:
                return false;
            default:
                throw new TemplateException($"nothing can be in {Describe(container)}");
        }
    }

    /// <summary>The result of an arithmetic operator.</summary>
    /// <exception cref="TemplateException">The operator is not defined for these values.</exception>
    public static object Compute(string symbol, object left, object right, RenderBudget budget)
    {
        switch (symbol, left, right)
        {
            case ("~", _, _):
                var (first, second) = (PythonText.ToText(left, budget), PythonText.ToText(right, budget));
                budget.Spend(first.Length + second.Length);
                return first + second;
            case ("+", string a, string b):
                budget.Spend(a.Length + b.Length);
                return a + b;
            case ("+", TemplateList a, TemplateList b) when a.IsTuple == b.IsTuple:
                budget.Spend(a.Items.Count + b.Items.Count);
                return new TemplateList([.. a.Items, .. b.Items], a.IsTuple);
            case ("%", string format, _):
                return TextFormat.Format(format, right is TemplateList { IsTuple: true } many ? many.Items : [right], budget);
            case ("*", string or TemplateList, _) when ToInteger(right) is { } times:
                return Repeat(left, times, budget);
            case ("*", _, string or TemplateList) when ToInteger(left) is { } times:
                return Repeat(right, times, budget);
        }
        if (ToInteger(left) is { } i && ToInteger(right) is { } j && symbol != "/")
            return ComputeIntegers(symbol, i, j);
        if (ToNumber(left) is { } x && ToNumber(right) is { } y)
            return ComputeNumbers(symbol, x, y);
        throw new TemplateException($"'{symbol}' is not possible between {Describe(left)} and {Describe(right)}");
    }

    /// <summary>A value with its type, or its name where nothing defines it.</summary>
    public static string Describe(object value) => value is Undefined undefined ? $"'{undefined.Name}', which is undefined,"
        : PythonText.TypeName(value);

    private static int LeaveWith(int result, RenderBudget budget)
    {
        budget.Leave();
        return result;
    }

    private static bool AllEqual(List<object> left, List<object> right, RenderBudget budget)
    {
        budget.Enter();
        var equal = true;
        for (var i = 0; equal && i < left.Count; i++)
            equal = AreEqual(left[i], right[i], budget);
        budget.Leave();
        return equal;
    }

    private static bool AllEqual(TemplateDictionary left, TemplateDictionary right, RenderBudget budget)
    {
        budget.Enter();
        var equal = left.All(pair => right.TryGet(pair.Key, out var value) && AreEqual(pair.Value, value, budget));
        budget.Leave();
        return equal;
    }

    private static object Repeat(object value, long times, RenderBudget budget)
    {
        times = Math.Max(times, 0);
        var length = value is string text ? text.Length : ((TemplateList)value).Items.Count;
        budget.Spend(length > 0 && times > long.MaxValue / length ? long.MaxValue : length * times);
        if (length == 0)
            times = 0;
        return value is string part
            ? new System.Text.StringBuilder().Insert(0, part, (int)times).ToString()
            : new TemplateList([.. Enumerable.Repeat(((TemplateList)value).Items, (int)times).SelectMany(items => items)],
                ((TemplateList)value).IsTuple);
    }

    private static object ComputeIntegers(string symbol, long left, long right)
    {
        if (right == 0 && (symbol is "//" or "%"))
            throw new TemplateException("a number is divided by 0");
        try
        {
            checked
            {
                return symbol switch
                {
                    "+" => left + right,
                    "-" => left - right,
                    "*" => left * right,
                    "//" => (left / right) - (left % right != 0 && left < 0 != right < 0 ? 1 : 0),
                    "%" => right == -1 ? 0L : ((left % right) + right) % right,
                    _ => right < 0 ? (object)Math.Pow(left, right) : Power(left, right),
                };
            }
        }
        catch (OverflowException)
        {
            throw new TemplateException("a whole number needs more than 64 bits");
        }
    }

    private static long Power(long number, long exponent)
    {
        if (number is 0 or 1 || exponent == 0)
            return exponent == 0 ? 1 : number;
        if (number == -1)
            return exponent % 2 == 0 ? 1 : -1;
        var result = 1L;
        for (; exponent > 0; exponent--)
            result = checked(result * number);
        return result;
    }

    private static object ComputeNumbers(string symbol, double left, double right)
    {
        if (right == 0 && (symbol is "/" or "//" or "%"))
            throw new TemplateException("a number is divided by 0");
        return symbol switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Floor(left / right),
            "%" => left - (right * Math.Floor(left / right)),
            _ => Math.Pow(left, right),
        };
    }
}
