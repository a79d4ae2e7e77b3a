using System.Text.RegularExpressions;

namespace MemoryWall.Dashboard.Launching;

/// <summary>The form that starts a run, as the page sends it. Empty fields are left to the command line's defaults.</summary>
internal sealed partial record RunForm
{
    private static readonly string[] s_commands = ["sweep", "wall", "compare"];

    // Which commands have the option; its value is passed on as it is and judged by the command line.
    private static readonly (string Option, Func<RunForm, string?> Value, string[] Commands)[] s_fields =
    [
        ("--target", form => form.Target, s_commands),
        ("--contexts", form => form.Contexts, ["sweep", "compare"]),
        ("--from", form => form.From, ["wall"]),
        ("--to", form => form.To, ["wall"]),
        ("--output-tokens", form => form.OutputTokens, s_commands),
        ("--repetitions", form => form.Repetitions, ["sweep", "compare"]),
        ("--concurrency", form => form.Concurrency, ["sweep"]),
        ("--cap", form => form.Cap, s_commands),
        ("--swap", form => form.Swap, ["sweep", "wall"]),
        ("--with-swap-file", form => form.SwapFile, s_commands),
        ("--label", form => form.Label, s_commands),
        ("--note", form => form.Note, s_commands),
    ];

    /// <summary>What to do: <c>sweep</c>, <c>wall</c> or <c>compare</c>.</summary>
    public string Command { get; init; } = "";

    /// <summary>The server or the model.</summary>
    public string? Target { get; init; }

    /// <summary>The contexts of a sweep or a comparison.</summary>
    public string? Contexts { get; init; }

    /// <summary>The first context of a search for the wall.</summary>
    public string? From { get; init; }

    /// <summary>The largest context of a search for the wall.</summary>
    public string? To { get; init; }

    /// <summary>Output tokens of each trial.</summary>
    public string? OutputTokens { get; init; }

    /// <summary>Repetitions.</summary>
    public string? Repetitions { get; init; }

    /// <summary>Levels of concurrent streams.</summary>
    public string? Concurrency { get; init; }

    /// <summary>The memory limit.</summary>
    public string? Cap { get; init; }

    /// <summary>The limit of swap under it.</summary>
    public string? Swap { get; init; }

    /// <summary>The size of a swap file.</summary>
    public string? SwapFile { get; init; }

    /// <summary>The systems of a comparison, separated by blanks or commas.</summary>
    public string? Systems { get; init; }

    /// <summary>The run's name.</summary>
    public string? Label { get; init; }

    /// <summary>A note that is stored with the run.</summary>
    public string? Note { get; init; }

    /// <summary>The arguments of the command line, without the folder of the runs.</summary>
    /// <exception cref="FormatException">There is no such command.</exception>
    public IReadOnlyList<string> ToArguments()
    {
        if (!s_commands.Contains(Command))
            throw new FormatException($"'{Command}' cannot be started here; it would be one of {string.Join(", ", s_commands)}");
        // An option and its value are one argument, so that a value cannot become an option.
        return
        [
            Command,
            .. s_fields.Where(field => field.Commands.Contains(Command)).Select(field => (field.Option, Value: field.Value(this)?.Trim()))
                .Where(field => !string.IsNullOrEmpty(field.Value)).Select(field => $"{field.Option}={field.Value}"),
            .. Command == "compare"
                ? SystemSeparator().Split(Systems ?? "").Where(system => system.Length > 0).Select(system => $"--system={system}")
                : [],
        ];
    }

    // The latency of an emulated device has a comma before it too: managed@550MB/s,1ms.
    [GeneratedRegex(@"[\s,]*\s[\s,]*|,+(?=[A-Za-z]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex SystemSeparator();
}
