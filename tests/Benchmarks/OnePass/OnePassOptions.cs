using System.Globalization;

namespace MemoryWall.Benchmarks.OnePass;

/// <summary>Options of the benchmark.</summary>
internal sealed record OnePassOptions
{
    public const string Usage =
        "one-pass [--contexts 2048,4096,8192,16384,32768] [--rounds 3] [--output 64] [--stretch 2048] [--preset nano] "
        + "[--llama-bench \"COMMAND\"] [--llama-server \"COMMAND\"] [--external-model FILE]";

    /// <summary>The contexts of the table, ascending.</summary>
    public IReadOnlyList<int> Contexts { get; init; } = [2048, 4096, 8192, 16384, 32768];

    /// <summary>How often each measurement is repeated.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Tokens to generate at each context.</summary>
    public int Output { get; init; } = 64;

    /// <summary>Tokens over which prefill at a depth is measured, like <c>-p</c> of llama-bench.</summary>
    public int Stretch { get; init; } = 2048;

    /// <summary>The synthetic model.</summary>
    public string Spec { get; init; } = "nano";

    /// <summary>The command of llama-bench: program and arguments; null for none.</summary>
    public string[]? LlamaBench { get; init; }

    /// <summary>The command of llama-server of the same build; null for none.</summary>
    public string[]? LlamaServer { get; init; }

    /// <summary>The path of the same GGUF file for these two programs; null for the path on this machine.</summary>
    public string? ExternalModel { get; init; }

    /// <exception cref="FormatException">An option is wrong.</exception>
    public static OnePassOptions Parse(string[] args)
    {
        var options = new OnePassOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{args[i]} needs a value; {Usage}");
            options = args[i] switch
            {
                "--contexts" => options with { Contexts = [.. value.Split(',').Select(Number).Order()] },
                "--rounds" => options with { Rounds = Number(value) },
                "--output" => options with { Output = Number(value) },
                "--stretch" => options with { Stretch = Number(value) },
                "--preset" => options with { Spec = value },
                "--llama-bench" => options with { LlamaBench = value.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
                "--llama-server" => options with { LlamaServer = value.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
                "--external-model" => options with { ExternalModel = value },
                _ => throw new FormatException($"'{args[i]}' is not an option; {Usage}"),
            };
        }
        return options;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
