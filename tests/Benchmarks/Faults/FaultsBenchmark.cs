using System.Globalization;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Benchmarks.Faults;

/// <summary>
/// Lets faults strike sweeps at random moments: kill -9 of the engine, the server and the guardian, SIGSTOP for seconds, a full disk, a
/// device that fails, torn files, reset connections, a clock that is set, and kill -9 of a notebook's kernel. After each the sweep is
/// resumed, and checked: no trial that the program named as stored is lost or changed, every planned trial is there once, and no process,
/// file or cap is left. Needs Linux and root. Options: faults (default 110), seed (default 1), at once (default 2).
/// </summary>
internal static class FaultsBenchmark
{
    public static async Task RunAsync(string[] args)
    {
        int Number(int place, int usual) => args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : usual;
        var (count, first, atOnce) = (Number(0, 110), Number(1, 1), Number(2, 2));
        var kinds = FaultKind.All.Where(kind => !kind.NeedsClock || FaultRound.ClockLibrary is not null).ToList();
        if (kinds.Count < FaultKind.All.Count)
            Console.WriteLine("the clock is not set: the library faketime is not installed");
        TimeSpan longest;
        await using (var undisturbed = new FaultRound(kinds[0], first))
            longest = await undisturbed.MeasureAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a sweep of 9 trials takes {longest.TotalSeconds:0.0} s"));
        var (gate, tally, problems) = (new Lock(), new Dictionary<string, (int Struck, int Announced)>(), 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (i, _) =>
        {
            var seed = first + i;
            // One more kind than those of sweeps: the kernel of a notebook.
            var kind = i % (kinds.Count + 1) < kinds.Count ? kinds[i % (kinds.Count + 1)] : null;
            var (announced, wrong) = kind is null ? (0, await NotebookFault.StrikeAsync(seed)) : await StrikeAsync(kind, seed, longest);
            lock (gate)
            {
                var name = kind?.Name ?? NotebookFault.Name;
                var before = tally.GetValueOrDefault(name);
                tally[name] = (before.Struck + 1, before.Announced + announced);
                problems += wrong.Count > 0 ? 1 : 0;
                foreach (var problem in wrong)
                    Console.WriteLine($"seed {seed}, {name}: {SafeText.RemoveUnsafe(problem)}");
            }
        });
        Console.WriteLine("| fault | times | trials stored before it ended |");
        Console.WriteLine("|---|---|---|");
        foreach (var (name, (struck, announced)) in tally)
            Console.WriteLine($"| {name} | {struck} | {announced} |");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count:#,0} faults: {(problems == 0 ? "no stored trial was lost, and nothing was left" : $"{problems} were not survived")}"));
        if (problems > 0)
            throw new InvalidOperationException($"{problems} faults were not survived");
    }

    private static async Task<(int Announced, IReadOnlyList<string> Problems)> StrikeAsync(FaultKind kind, int seed, TimeSpan longest)
    {
        await using var round = new FaultRound(kind, seed);
        try
        {
            return await round.StrikeAsync(longest);
        }
        catch (Exception error)
        {
            return (0, [error.ToString()]);
        }
    }
}
