using System.Reflection;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Options;

/// <summary>Finds values that belong to no option. The command-line library takes them for commands.</summary>
internal static class StrayValues
{
    /// <summary>The message about the first of them; null where there is none, or the command has values without an option.</summary>
    /// <param name="args">The command line.</param>
    public static string? FindError(IReadOnlyList<string> args)
    {
        if (CommandSettingsFinder.Find(args) is not ({ } settings, var words)
            || settings.GetProperties().Any(property => property.GetCustomAttribute<CommandArgumentAttribute>() is not null))
            return null;
        var flags = settings.GetProperties().Where(property => property.PropertyType == typeof(bool))
            .SelectMany(OptionNames.Of).ToHashSet(StringComparer.Ordinal);
        for (var i = words; i < args.Count; i++)
        {
            if (!args[i].StartsWith('-'))
                return i > words && flags.Contains(args[i - 1])
                    ? $"{args[i - 1]}: it takes no value, and '{args[i]}' belongs to no option"
                    : $"'{args[i]}' belongs to no option; 'memwall {string.Join(' ', args.Take(words))} --help' lists the options";
            var (name, value) = Arguments.ReadOption(args, i);
            if (name == args[i] && value is not null && !flags.Contains(name) && !value.StartsWith('-'))
                i++;
        }
        return null;
    }
}
