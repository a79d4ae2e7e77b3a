using System.Reflection;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Options;

/// <summary>The names of an option as they are written.</summary>
internal static class OptionNames
{
    /// <summary>Its long names with two dashes, then its short ones with one; none for a property that is no option.</summary>
    /// <param name="property">The property of a class of options.</param>
    public static IEnumerable<string> Of(PropertyInfo property) =>
        property.GetCustomAttribute<CommandOptionAttribute>() is { } option
            ? option.LongNames.Select(name => "--" + name).Concat(option.ShortNames.Select(name => "-" + name))
            : [];
}
