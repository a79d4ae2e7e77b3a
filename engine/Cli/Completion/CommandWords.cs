using System.Xml.Linq;

namespace MemoryWall.Cli.Completion;

/// <summary>A command and the words that can follow it.</summary>
/// <param name="Path">Its words: <c>runs list</c>; empty for the program itself.</param>
/// <param name="Words">Commands below it, its options and values of its argument that are known, in alphabetical order.</param>
internal sealed record CommandWords(string Path, IReadOnlyList<string> Words)
{
    /// <summary>Reads the description of a command line that Spectre.Console.Cli prints for <c>cli xmldoc</c>.</summary>
    /// <param name="xml">The description.</param>
    /// <param name="defaults">Branches whose command may be omitted, with that command: its options follow the branch too.</param>
    public static IReadOnlyList<CommandWords> Parse(string xml, IReadOnlyDictionary<string, string> defaults) =>
        [.. Read(XDocument.Parse(xml).Root!, "", defaults)];

    /// <summary>The same command with further words that can follow it.</summary>
    /// <param name="words">The values of its argument.</param>
    public CommandWords With(IEnumerable<string> words) => this with { Words = [.. Words.Concat(words).Order(StringComparer.Ordinal)] };

    private static IEnumerable<CommandWords> Read(XElement node, string path, IReadOnlyDictionary<string, string> defaults)
    {
        var below = node.Elements("Command").Where(command => (bool?)command.Attribute("Hidden") != true).ToList();
        var own = below.Find(command => defaults.TryGetValue(path, out var usual) && Name(command) == usual);
        var words = below.Select(Name).Concat(Options(node)).Concat(own is null ? [] : Options(own)).Append("--help");
        yield return new CommandWords(path, [.. words.Distinct().Order(StringComparer.Ordinal)]);
        foreach (var deeper in below.SelectMany(command => Read(command, $"{path} {Name(command)}".TrimStart(), defaults)))
            yield return deeper;
    }

    private static string Name(XElement command) => (string)command.Attribute("Name")!;

    private static IEnumerable<string> Options(XElement command) =>
        command.Elements("Parameters").Elements("Option")
            // An option with two names has both, with a comma between.
            .SelectMany(option => ((string?)option.Attribute("Long") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
            .Select(name => $"--{name}");
}
