using System.Globalization;

namespace MemoryWall.Dashboard;

/// <summary>The options of the dashboard's process.</summary>
internal sealed record DashboardOptions
{
    /// <summary>The command line of the process.</summary>
    public const string Usage =
        "usage: MemoryWall.Dashboard --runs FOLDER [--port PORT] [--run RUN]… [--folder RUN FOLDER]… [--memwall FILE.dll] "
        + "[--parent-stdin]";

    /// <summary>The folder of the runs.</summary>
    public required string RunsFolder { get; init; }

    /// <summary>The port on loopback; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>The ids of the runs that the page shows first; none for the one that is measured, else the newest.</summary>
    public IReadOnlyList<string> Runs { get; init; } = [];

    /// <summary>The ids of runs from elsewhere that can be shown too, with their folders, which may have other names.</summary>
    public IReadOnlyList<(string Id, string Folder)> Folders { get; init; } = [];

    /// <summary>The program of the command line, which runs are started with; null where none can be started.</summary>
    public string? MemwallProgram { get; init; }

    /// <summary>The secret part of the address; null for that of this user.</summary>
    public string? Token { get; init; }

    /// <summary>Whether the process ends when its standard input does.</summary>
    public bool EndsWithParent { get; init; }

    /// <summary>Reads the options.</summary>
    /// <exception cref="FormatException">They are wrong.</exception>
    public static DashboardOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new DashboardOptions { RunsFolder = "" };
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--runs" => options with { RunsFolder = Path.GetFullPath(Value(arguments, ref i)) },
                "--port" => options with { Port = ParsePort(Value(arguments, ref i)) },
                "--run" => options with { Runs = [.. options.Runs, Value(arguments, ref i)] },
                "--folder" => options with { Folders = [.. options.Folders, ReadFolder(arguments, ref i)] },
                "--memwall" => options with { MemwallProgram = Path.GetFullPath(Value(arguments, ref i)) },
                "--parent-stdin" => options with { EndsWithParent = true },
                _ => throw new FormatException($"'{arguments[i]}' is no option of the dashboard; {Usage}"),
            };
        }
        return options.RunsFolder.Length == 0 ? throw new FormatException($"--runs is missing; {Usage}")
            : Directory.Exists(options.RunsFolder) ? options
            : throw new FormatException($"--runs: there is no folder '{options.RunsFolder}'");
    }

    private static (string Id, string Folder) ReadFolder(IReadOnlyList<string> arguments, ref int index)
    {
        var id = Value(arguments, ref index);
        return (id, Path.GetFullPath(Value(arguments, ref index)));
    }

    private static string Value(IReadOnlyList<string> arguments, ref int index) => ++index < arguments.Count
        ? arguments[index]
        : throw new FormatException($"{arguments[index - 1]} has no value; {Usage}");

    private static int ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
            ? port
            : throw new FormatException($"--port: '{text}' is not a port from 0 to 65535; 0 takes any free one");
}
