using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MemoryWall.Core.Units;
using MemoryWall.Machine;

namespace MemoryWall.Benchmarks;

/// <summary>Measures the engine's own costs one after the other and prints a table of them for data/benchmarks.md.</summary>
internal static class Suite
{
    private static readonly (string Name, Func<string[], Task<IReadOnlyList<Measured>>> Run)[] s_parts =
    [
        ("prompts", PromptBenchmark.RunAsync),
        ("client", ClientBenchmark.RunAsync),
        ("sampler", SamplerBenchmark.RunAsync),
        ("store", StoreBenchmark.RunAsync),
        ("load", LoadBenchmark.RunAsync),
        ("render", RenderBenchmark.RunAsync),
    ];

    /// <summary>Options: the parts to run, separated by spaces; all of them when none is named.</summary>
    public static async Task RunAsync(string[] args)
    {
        var rows = new List<Measured>();
        foreach (var (name, run) in s_parts.Where(part => args.Length == 0 || args.Contains(part.Name)))
        {
            var started = Stopwatch.GetTimestamp();
            Console.WriteLine($"== {name}");
            rows.AddRange(await run([]));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"took {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s\n"));
        }
        var machine = MachineReader.Read();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{machine.CpuModel ?? machine.Architecture}, {machine.AvailableCores ?? Environment.ProcessorCount} cores, "
            + $"{(machine.MemoryTotalBytes is { } bytes ? $"{new ByteSize(bytes)} RAM, " : "")}{machine.OperatingSystem}, "
            + $"{RuntimeInformation.FrameworkDescription}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}\n"));
        Console.WriteLine("| what | cost | alternative | its cost | ratio |\n|---|---|---|---|---|");
        rows.ForEach(Console.WriteLine);
    }
}
