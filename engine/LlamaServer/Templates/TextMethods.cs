namespace MemoryWall.LlamaServer.Templates;

/// <summary>The methods of Python's <c>str</c>.</summary>
internal static class TextMethods
{
    /// <summary>A method by its name; null where there is none.</summary>
    public static Func<CallArguments, object>? Find(string name, string text, RenderBudget budget) => name switch
    {
        "upper" => _ => Made(text.ToUpperInvariant(), budget),
        "lower" or "casefold" => _ => Made(text.ToLowerInvariant(), budget),
        "capitalize" => _ => Made(Capitalize(text), budget),
        "title" => _ => Made(Title(text), budget),
        "swapcase" => _ => Made(string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))),
            budget),
        "strip" => arguments => Made(Strip(text, arguments.FindText(0, "chars"), true, true), budget),
        "lstrip" => arguments => Made(Strip(text, arguments.FindText(0, "chars"), true, false), budget),
        "rstrip" => arguments => Made(Strip(text, arguments.FindText(0, "chars"), false, true), budget),
        "removeprefix" => arguments => Made(text.StartsWith(arguments.GetText(0, "prefix"), StringComparison.Ordinal)
            ? text[arguments.GetText(0, "prefix").Length..] : text, budget),
        "removesuffix" => arguments => Made(text.EndsWith(arguments.GetText(0, "suffix"), StringComparison.Ordinal)
            ? text[..^arguments.GetText(0, "suffix").Length] : text, budget),
        "startswith" => arguments => HasEnd(arguments, "prefix", part => text.StartsWith(part, StringComparison.Ordinal)),
        "endswith" => arguments => HasEnd(arguments, "suffix", part => text.EndsWith(part, StringComparison.Ordinal)),
        "replace" => arguments => Replace(text, arguments.GetText(0, "old"), arguments.GetText(1, "new"), arguments.FindInteger(2, "count"),
            budget),
        "join" => arguments => Join(text, arguments.Get(0, "iterable"), budget),
        "format" => arguments => TextFormat.FormatBraces(text, arguments, budget),
        "find" => arguments => Place(text, text.IndexOf(arguments.GetText(0, "sub"), Start(text, arguments), StringComparison.Ordinal)),
        "rfind" => arguments => Place(text, LastIndex(text, arguments.GetText(0, "sub"))),
        "index" => arguments => Found(text, text.IndexOf(arguments.GetText(0, "sub"), Start(text, arguments), StringComparison.Ordinal)),
        "rindex" => arguments => Found(text, LastIndex(text, arguments.GetText(0, "sub"))),
        "count" => arguments => CountOf(text, arguments.GetText(0, "sub")),
        "center" => arguments => Pad(text, arguments, budget, (missing, width) => (missing / 2) + (missing & width & 1)),
        "ljust" => arguments => Pad(text, arguments, budget, (_, _) => 0),
        "rjust" => arguments => Pad(text, arguments, budget, (missing, _) => missing),
        "zfill" => arguments => ZeroFill(text, arguments.FindInteger(0, "width") ?? 0, budget),
        _ => TextSplitting.Find(name, text, budget) ?? FindCheck(name, text),
    };

    /// <summary>A text without the white space, or these characters, at its ends.</summary>
    public static string Strip(string text, string? characters, bool start, bool end)
    {
        var (from, to) = (0, text.Length);
        while (start && from < to && IsMeant(text[from]))
            from++;
        while (end && to > from && IsMeant(text[to - 1]))
            to--;
        return text[from..to];

        bool IsMeant(char c) => characters is null ? PythonText.IsSpace(c) : characters.Contains(c);
    }

    /// <summary>Replaces a part of a text, at most so many times.</summary>
    public static string Replace(string text, string old, string replacement, int? count, RenderBudget budget)
    {
        if (count == 0 || (old.Length > 0 && !text.Contains(old, StringComparison.Ordinal)))
            return text;
        var places = (old.Length == 0 ? text.Length + 1 : CountOf(text, old)) is var all && count is > 0 ? Math.Min(all, count.Value) : all;
        budget.Spend(text.Length + (places * replacement.Length));
        if (old.Length > 0 && places == all)
            return text.Replace(old, replacement, StringComparison.Ordinal);
        var output = new System.Text.StringBuilder();
        var at = 0;
        for (; places > 0; places--)
        {
            var next = old.Length == 0 ? at : text.IndexOf(old, at, StringComparison.Ordinal);
            output.Append(text, at, next - at).Append(replacement);
            at = next + old.Length;
            if (old.Length == 0 && at < text.Length)
                output.Append(text[at++]);
        }
        return output.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>The first letter upper case, the others lower case.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>Joins items that must be texts.</summary>
    private static string Join(string separator, object items, RenderBudget budget)
    {
        var parts = Sequences.ToList(items, budget);
        foreach (var part in parts)
            budget.Spend(separator.Length + (part as string
                ?? throw new TemplateException($"join takes texts, and there is {PythonOperators.Describe(part)}")).Length);
        return string.Join(separator, parts);
    }

    private static string Title(string text)
    {
        var isInWord = false;
        return string.Concat(text.Select(c =>
        {
            var shown = isInWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c);
            isInWord = char.IsLetter(c);
            return shown;
        }));
    }

    private static object HasEnd(CallArguments arguments, string name, Func<string, bool> has) => arguments.Get(0, name) switch
    {
        string part => has(part),
        TemplateList { IsTuple: true } parts => parts.Any(part => part is string end && has(end)),
        var other => throw new TemplateException($"{arguments.Callee} takes a text, and there is {PythonOperators.Describe(other)}"),
    };

    private static int Start(string text, CallArguments arguments)
    {
        var start = arguments.FindInteger(1, "start") ?? 0;
        return CodePoints.ToCharacters(text, start < 0 ? Math.Max(0, CodePoints.Count(text) + start) : start);
    }

    private static int LastIndex(string text, string part) =>
        part.Length == 0 ? text.Length : text.LastIndexOf(part, StringComparison.Ordinal);

    private static object Place(string text, int index) => (long)CodePoints.FromCharacters(text, index);

    private static object Found(string text, int index) =>
        index >= 0 ? Place(text, index) : throw new TemplateException("the text does not have this part");

    private static long CountOf(string text, string part) =>
        part.Length == 0 ? CodePoints.Count(text) + 1 : System.MemoryExtensions.Count(text.AsSpan(), part.AsSpan());

    private static string Pad(string text, CallArguments arguments, RenderBudget budget, Func<int, int, int> before)
    {
        var width = arguments.FindInteger(0, "width") ?? 0;
        var missing = width - CodePoints.Count(text);
        if (missing <= 0)
            return text;
        var fill = arguments.FindText(1, "fillchar") ?? " ";
        if (fill.Length != 1)
            throw new TemplateException($"{arguments.Callee} fills with one character");
        budget.Spend((long)text.Length + missing);
        var left = before(missing, width);
        return new string(fill[0], left) + text + new string(fill[0], missing - left);
    }

    private static string ZeroFill(string text, int width, RenderBudget budget)
    {
        var missing = width - CodePoints.Count(text);
        if (missing <= 0)
            return text;
        budget.Spend((long)text.Length + missing);
        var sign = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        return text[..sign] + new string('0', missing) + text[sign..];
    }

    private static Func<CallArguments, object>? FindCheck(string name, string text) => name switch
    {
        "isalpha" => _ => All(text, char.IsLetter),
        "isdigit" or "isdecimal" => _ => All(text, char.IsDigit),
        "isnumeric" => _ => All(text, char.IsNumber),
        "isalnum" => _ => All(text, c => char.IsLetter(c) || char.IsNumber(c)),
        "isspace" => _ => All(text, PythonText.IsSpace),
        "isupper" => _ => text.Any(char.IsUpper) && !text.Any(char.IsLower),
        "islower" => _ => text.Any(char.IsLower) && !text.Any(char.IsUpper),
        "isascii" => _ => text.All(char.IsAscii),
        _ => null,
    };

    private static object All(string text, Func<char, bool> has) => text.Length > 0 && text.All(has);

    private static string Made(string text, RenderBudget budget)
    {
        budget.Spend(text.Length);
        return text;
    }
}
