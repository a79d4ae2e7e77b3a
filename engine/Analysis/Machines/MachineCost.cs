using System.Globalization;

namespace MemoryWall.Analysis.Machines;

/// <summary>What the reader says of a machine.</summary>
/// <param name="Price">Its price in any currency, above 0; absent where none was entered.</param>
/// <param name="Watts">The power that it takes while it generates, in watts, above 0; absent where none was entered.</param>
internal sealed record MachineCost(double? Price, double? Watts)
{
    private const string Example = "write for example 'laptop=1200@45W; 2=900', a machine by its name or its number";

    /// <summary>Nothing was entered.</summary>
    public static MachineCost None { get; } = new(null, null);

    /// <summary>Reads <c>NAME=PRICE; NAME=PRICE@WATTS; 3=@WATTS</c>. A machine is named as it is shown, or by its number from 1; a name
    /// comes first.</summary>
    /// <param name="text">The text; empty for no costs.</param>
    /// <param name="names">The names of the machines.</param>
    /// <returns>One entry for each machine.</returns>
    /// <exception cref="FormatException">A part cannot be read, names no machine, or names one twice.</exception>
    public static IReadOnlyList<MachineCost> ParseList(string text, IReadOnlyList<string> names)
    {
        var costs = Enumerable.Repeat(None, names.Count).ToArray();
        foreach (var entry in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // A name may contain the sign itself.
            var at = entry.LastIndexOf('=');
            if (at < 1)
                throw new FormatException($"'{entry}' has no machine and value; {Example}");
            var machine = FindMachine(entry[..at].Trim(), names);
            if (costs[machine] != None)
                throw new FormatException($"'{names[machine]}' has two entries; write one");
            costs[machine] = Parse(entry[(at + 1)..]);
        }
        return costs;
    }

    private static int FindMachine(string name, IReadOnlyList<string> names)
    {
        var exact = Enumerable.Range(0, names.Count).Where(i => names[i] == name).ToList();
        if (exact.Count == 1)
            return exact[0];
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= names.Count
            ? number - 1
            : throw new FormatException($"'{name}' is no machine; there are {string.Join(", ",
                names.Select((known, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1} ({known})")))}");
    }

    private static MachineCost Parse(string value)
    {
        var parts = value.Split('@', StringSplitOptions.TrimEntries);
        if (parts.Length > 2 || parts.All(part => part.Length == 0))
            throw new FormatException($"'{value.Trim()}' is no price and power; {Example}");
        var watts = parts.Length == 2 ? parts[1].TrimEnd('W', 'w').TrimEnd() : "";
        return new MachineCost(parts[0].Length == 0 ? null : ParsePositive(parts[0], "price"),
            parts.Length < 2 ? null : ParsePositive(watts, "power in watts"));
    }

    private static double ParsePositive(string text, string what) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0
            && double.IsFinite(number)
            ? number
            : throw new FormatException($"'{text}' is no {what}; write a number above 0 without separators, for example 1200 or 45.5");
}
