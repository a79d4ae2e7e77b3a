using System.Globalization;

namespace MemoryWall.Benchmarks.OnePass;

/// <summary>The options of the benchmark.</summary>
/// <param name="Contexts">The table's contexts, ascending.</param>
/// <param name="Rounds">How often everything takes its turn.</param>
/// <param name="Output">Tokens to generate at each context.</param>
/// <param name="Stretch">Tokens over which prefill at a depth is measured, as <c>-p</c> of llama-bench.</param>
/// <param name="Spec">The synthetic model.</param>
/// <param name="LlamaBench">How llama-bench is started: program and arguments; null where there is none.</param>
/// <param name="LlamaServer">How llama-server of the same build is started; null where there is none.</param>
/// <param name="ForeignModel">Where those two find the same GGUF file; null for the path that it has here.</param>
internal sealed record OnePassOptions(IReadOnlyList<int> Contexts, int Rounds, int Output, int Stretch, string Spec, string[]? LlamaBench,
    string[]? LlamaServer, string? ForeignModel)
{
    public const string Usage =
        "one-pass [--contexts 2048,4096,8192,16384,32768] [--rounds 3] [--output 64] [--stretch 2048] [--preset nano] [--llama-bench \"COMMAND\"] [--llama-server \"COMMAND\"] [--foreign-model FILE]";

    /// <exception cref="FormatException">An option is wrong.</exception>
    public static OnePassOptions Parse(string[] args)
    {
        var options = new OnePassOptions([2048, 4096, 8192, 16384, 32768], 3, 64, 2048, "nano", null, null, null);
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
                "--foreign-model" => options with { ForeignModel = value },
                _ => throw new FormatException($"'{args[i]}' is no option; {Usage}"),
            };
        }
        return options;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
