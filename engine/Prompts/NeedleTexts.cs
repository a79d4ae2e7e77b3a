using System.Globalization;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Prompts;

/// <summary>Sentences that hide numbers in a text, and the questions for them. A question ends where the number would go on, so that a
/// model that completes texts answers it as one that takes instructions does.</summary>
internal static class NeedleTexts
{
    private const int MinNumber = 10_000;
    private const int Numbers = 90_000;

    private static readonly string[] s_names = ["garden", "river", "window", "mountain", "letter", "winter", "bridge", "market"];

    /// <summary>How many numbers a text can hide.</summary>
    public static int MaxCount => s_names.Length;

    /// <summary>A number of five digits.</summary>
    /// <param name="key">What makes it unique.</param>
    public static string DrawNumber(ulong key) =>
        (MinNumber + new SplitMix64(key).NextBelow(Numbers)).ToString(CultureInfo.InvariantCulture);

    /// <summary>The sentence with a number, to follow other text.</summary>
    /// <param name="place">Which of the numbers of the text it is, from 0, below <see cref="MaxCount"/>.</param>
    /// <param name="number">The number.</param>
    public static string Hide(int place, string number) => $" The secret number of the {s_names[place]} is {number}.";

    /// <summary>The question for a number, to follow other text.</summary>
    public static string Ask(int place) =>
        $" Question: What is the secret number of the {s_names[place]}? Answer: The secret number of the {s_names[place]} is";

    /// <summary>Whether an answer has a number, written with or without separators of thousands, and not as a part of a longer
    /// one.</summary>
    public static bool IsIn(string answer, string number)
    {
        string[] forms = [number, .. new[] { ",", ".", "'", " " }.Select(separator => number.Insert(number.Length - 3, separator))];
        return forms.Any(form => IsAlone(answer, form));
    }

    private static bool IsAlone(string answer, string form)
    {
        for (var at = answer.IndexOf(form, StringComparison.Ordinal); at >= 0; at = answer.IndexOf(form, at + 1, StringComparison.Ordinal))
        {
            var end = at + form.Length;
            if ((at == 0 || !char.IsAsciiDigit(answer[at - 1])) && (end == answer.Length || !char.IsAsciiDigit(answer[end])))
                return true;
        }
        return false;
    }
}
