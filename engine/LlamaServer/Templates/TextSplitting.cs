namespace MemoryWall.LlamaServer.Templates;

/// <summary>The methods of Python's <c>str</c> that split a text.</summary>
internal static class TextSplitting
{
    /// <summary>A method by its name; null where there is none.</summary>
    public static Func<CallArguments, object>? Find(string name, string text, RenderBudget budget) => name switch
    {
        "split" => arguments => Made(Split(text, arguments.FindText(0, "sep"), arguments.FindInteger(1, "maxsplit") ?? -1), budget),
        "rsplit" => arguments => Made(SplitFromEnd(text, arguments.FindText(0, "sep"), arguments.FindInteger(1, "maxsplit") ?? -1), budget),
        "splitlines" => arguments => Made(SplitLines(text, arguments.Has(0, "keepends")), budget),
        "partition" => arguments => Partition(text, arguments.GetText(0, "sep"), fromEnd: false, budget),
        "rpartition" => arguments => Partition(text, arguments.GetText(0, "sep"), fromEnd: true, budget),
        _ => null,
    };

    /// <summary>The lines of a text.</summary>
    public static List<string> SplitLines(string text, bool keepEnds)
    {
        var lines = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var end = text.AsSpan(at).IndexOfAny("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029");
            if (end < 0)
            {
                lines.Add(text[at..]);
                break;
            }
            end += at;
            var next = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            lines.Add(text[at..(keepEnds ? next : end)]);
            at = next;
        }
        return lines;
    }

    private static List<string> Split(string text, string? separator, int max)
    {
        if (separator is null)
            return SplitWords(text, max);
        CheckSeparator(separator);
        return [.. max < 0 ? text.Split(separator) : text.Split(separator, max + 1)];
    }

    private static List<string> SplitWords(string text, int max)
    {
        var words = new List<string>();
        var at = 0;
        while (true)
        {
            while (at < text.Length && PythonText.IsSpace(text[at]))
                at++;
            if (at == text.Length)
                return words;
            if (words.Count == max)
            {
                words.Add(text[at..]);
                return words;
            }
            var start = at;
            while (at < text.Length && !PythonText.IsSpace(text[at]))
                at++;
            words.Add(text[start..at]);
        }
    }

    private static List<string> SplitFromEnd(string text, string? separator, int max)
    {
        if (max < 0)
            return Split(text, separator, -1);
        var parts = new List<string>();
        if (separator is null)
        {
            text = PythonText.StripEnd(text);
            while (text.Length > 0 && parts.Count < max)
            {
                var start = text.Length;
                while (start > 0 && !PythonText.IsSpace(text[start - 1]))
                    start--;
                parts.Add(text[start..]);
                text = PythonText.StripEnd(text[..start]);
            }
            if (text.Length > 0)
                parts.Add(text);
        }
        else
        {
            CheckSeparator(separator);
            for (int at; parts.Count < max && (at = text.LastIndexOf(separator, StringComparison.Ordinal)) >= 0; text = text[..at])
                parts.Add(text[(at + separator.Length)..]);
            parts.Add(text);
        }
        parts.Reverse();
        return parts;
    }

    private static TemplateList Partition(string text, string separator, bool fromEnd, RenderBudget budget)
    {
        CheckSeparator(separator);
        budget.Spend(text.Length);
        var at = fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        List<object> parts = at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : fromEnd ? ["", "", text] : [text, "", ""];
        return new TemplateList(parts, isTuple: true);
    }

    private static void CheckSeparator(string separator)
    {
        if (separator.Length == 0)
            throw new TemplateException("a text cannot be split at an empty text");
    }

    private static TemplateList Made(List<string> parts, RenderBudget budget)
    {
        budget.Spend(parts.Sum(part => (long)part.Length + 1));
        return new TemplateList([.. parts]);
    }
}
