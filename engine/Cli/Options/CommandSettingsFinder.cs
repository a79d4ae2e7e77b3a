namespace MemoryWall.Cli.Options;

/// <summary>Finds the options of the command that a command line names.</summary>
internal static class CommandSettingsFinder
{
    /// <summary>The class of the options, and how many words the command has; null where it names none.</summary>
    /// <remarks>The command "runs compare" is the class RunsCompareCommand, whose base class has its options as a type argument.</remarks>
    /// <param name="args">The command line.</param>
    public static (Type? Settings, int Words) Find(IReadOnlyList<string> args) => new[] { 2, 1 }
        .Select(words => (Name: string.Concat(args.Take(words)) + "Command", Words: Math.Min(words, args.Count)))
        .Select(command => (Type: typeof(CommandSettingsFinder).Assembly.GetTypes()
            .FirstOrDefault(type => type.Name.Equals(command.Name, StringComparison.OrdinalIgnoreCase)), command.Words))
        .Where(found => found.Type is not null)
        .Select(found => (found.Type!.BaseType!.GetGenericArguments().FirstOrDefault(), found.Words))
        .FirstOrDefault();
}
