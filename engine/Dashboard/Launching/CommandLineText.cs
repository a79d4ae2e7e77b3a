using System.Text.RegularExpressions;

namespace MemoryWall.Dashboard.Launching;

/// <summary>A command line to copy into a shell.</summary>
internal static partial class CommandLineText
{
    /// <summary>The arguments of <c>memwall</c> as one line; what a shell would interpret is quoted for POSIX shells.</summary>
    public static string Format(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(Quote).Prepend("memwall"));

    private static string Quote(string argument) =>
        Plain().IsMatch(argument) ? argument : "'" + argument.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    [GeneratedRegex(@"^[A-Za-z0-9_\-./:=,+@%]+\z")]
    private static partial Regex Plain();
}
