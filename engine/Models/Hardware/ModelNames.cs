using System.Text.RegularExpressions;

namespace MemoryWall.Models.Hardware;

/// <summary>Splits a list of models, whose synthetic shapes contain commas themselves: <c>llama-3.1-8b,nano,layers=4</c> are two.</summary>
internal static partial class ModelNames
{
    /// <summary>The models.</summary>
    /// <exception cref="FormatException">A name is empty.</exception>
    public static IReadOnlyList<string> Split(string text)
    {
        if (Path.Exists(text))
            return [text];
        var names = new List<string>();
        foreach (var part in text.Split(',').Select(part => part.Trim()))
        {
            if (part.Length == 0)
                throw new FormatException($"the list '{text}' has an empty model; write for example llama-3.1-8b,gemma-3-27b");
            if (names.Count > 0 && Setting().IsMatch(part))
                names[^1] += "," + part;
            else
                names.Add(part);
        }
        return names;
    }

    [GeneratedRegex(@"^\w+=")]
    private static partial Regex Setting();
}
