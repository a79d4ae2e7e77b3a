using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Tests;

namespace MemoryWall.Benchmarks.Faults;

/// <summary>The kernel that computes a notebook is killed at a random moment: the program says so, and nothing stays.</summary>
internal static class NotebookFault
{
    public const string Name = "kill -9 of a notebook's kernel";

    private const int NotebookFailed = 6;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    /// <summary>Executes a notebook and kills its kernel.</summary>
    /// <param name="seed">Decides the moment.</param>
    /// <returns>What was wrong.</returns>
    public static async Task<IReadOnlyList<string>> StrikeAsync(int seed)
    {
        var folder = Directory.CreateTempSubdirectory("memwall-fault-").FullName;
        try
        {
            var (random, problems) = (new Random(seed), new List<string>());
            var notebook = Path.Combine(folder, "slow.ipynb");
            File.WriteAllText(notebook, Write());
            using var program = MemwallProcess.Start(new Dictionary<string, string>(),
                ["notebook", "run", notebook, "--output", Path.Combine(folder, "executed.ipynb")]);
            int? kernel = null;
            while (kernel is null && !await program.EndsAsync(TimeSpan.FromMilliseconds(50)))
                kernel = ProcessTree.FindKernel(program.Id);
            await Task.Delay(random.Next(0, 6000));
            var isKilled = ProcessTree.Signal("KILL", kernel);
            if (!await program.EndsAsync(s_patience))
                return [$"it did not end:\n{program.Said}"];
            if (isKilled && program.ExitCode != NotebookFailed)
                problems.Add($"exit code {program.ExitCode}:\n{program.Said}");
            for (var patience = 0; ProcessTree.FindAll(folder).Count > 0 && patience < 100; patience++)
                await Task.Delay(100);
            problems.AddRange(ProcessTree.FindAll(folder).Select(process => $"process {process} is left"));
            return problems;
        }
        catch (Exception error)
        {
            return [error.ToString()];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Write()
    {
        var cells = Enumerable.Range(0, 20).Select(i => (JsonNode)new JsonObject
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["id"] = $"cell-{i}",
            ["metadata"] = new JsonObject(),
            ["outputs"] = new JsonArray(),
            ["source"] = new JsonArray("System.Threading.Thread.Sleep(500);"),
        });
        return new JsonObject
        {
            ["cells"] = new JsonArray([.. cells]),
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
                ["language_info"] = new JsonObject { ["name"] = "C#" },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }
}
