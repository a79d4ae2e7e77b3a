using System.Globalization;
using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>The formats of <c>strftime</c>, in English.</summary>
internal static class TimeFormat
{
    /// <exception cref="TemplateException">There is a format that is not known.</exception>
    public static string Format(DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                text.Append(format[at]);
                continue;
            }
            var isPlain = ++at < format.Length && format[at] == '-';
            if (isPlain)
                at++;
            var shown = Describe(time, at < format.Length ? format[at] : '\0')
                ?? throw new TemplateException("strftime_now has a format that is not known");
            text.Append(isPlain && shown.TrimStart('0', ' ') is { Length: > 0 } plain ? plain : shown);
        }
        return text.ToString();
    }

    private static string? Describe(DateTimeOffset time, char format) => format switch
    {
        'Y' => Write(time, "yyyy"),
        'y' => Write(time, "yy"),
        'm' => Write(time, "MM"),
        'B' => Write(time, "MMMM"),
        'b' or 'h' => Write(time, "MMM"),
        'd' => Write(time, "dd"),
        'e' => Write(time, "%d").PadLeft(2),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'A' => Write(time, "dddd"),
        'a' => Write(time, "ddd"),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'H' => Write(time, "HH"),
        'I' => Write(time, "hh"),
        'M' => Write(time, "mm"),
        'S' => Write(time, "ss"),
        'f' => Write(time, "ffffff"),
        'p' => Write(time, "tt"),
        'F' => Write(time, "yyyy-MM-dd"),
        'D' => Write(time, "MM/dd/yy"),
        'T' => Write(time, "HH:mm:ss"),
        'R' => Write(time, "HH:mm"),
        'c' => Write(time, "ddd MMM ") + Write(time, "%d").PadLeft(2) + Write(time, " HH:mm:ss yyyy"),
        'x' => Write(time, "MM/dd/yy"),
        'X' => Write(time, "HH:mm:ss"),
        'Z' or 'z' => "",
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => null,
    };

    private static string Write(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
