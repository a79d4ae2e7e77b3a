using System.Diagnostics;
using System.Globalization;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares rendering an executed notebook to one HTML file, including the start of the process, with executing the notebook, and with
/// nbconvert where its command is given. Options: rounds (default 5), the notebook (default 02-prefill-vs-generation), nbconvert's command
/// (for example "jupyter nbconvert").
/// </summary>
internal static class RenderBenchmark
{
    public static async Task<IReadOnlyList<Measured>> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var name = args.Length > 1 ? args[1] : "02-prefill-vs-generation";
        var nbconvert = args.Length > 2 ? args[2].Split(' ') : null;
        var folder = Directory.CreateTempSubdirectory("memwall-render-").FullName;
        try
        {
            var executed = Path.Combine(folder, "executed.ipynb");
            var (html, other) = (Path.Combine(folder, "out.html"), Path.Combine(folder, "nbconvert.html"));
            var (render, execute, converted) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < rounds; round++)
            {
                if (round < 2)
                    execute.Add(await RunnerAsync("run", Path.Combine(Checkout(), "notebooks", name + ".ipynb"), "--output", executed));
                render.Add(await RunnerAsync("render", executed, "--output", html));
                if (nbconvert is not null)
                    converted.Add(await SecondsAsync(nbconvert[0], [.. nbconvert[1..], "--to", "html", "--output", other, executed]));
            }
            var rows = new List<Measured> { Row(name, render, "executing it", execute) };
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"{name}: {new FileInfo(executed).Length / 1e6:0.00} MB executed, {new FileInfo(html).Length / 1e6:0.00} MB of HTML in "
                    + $"{Measured.Median(render):0.00} s, executed in {Measured.Median(execute):0.0} s"));
            if (nbconvert is not null)
            {
                Console.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                        $"nbconvert: {new FileInfo(other).Length / 1e6:0.00} MB of HTML, which needs the network for its scripts, in "
                        + $"{Measured.Median(converted):0.00} s"));
                rows.Add(Row(name, render, "nbconvert", converted));
            }
            return rows;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Measured Row(string name, List<double> render, string against, List<double> theirs) => new(
        $"render: notebook {name} to HTML, process start included",
        string.Create(CultureInfo.InvariantCulture, $"{Measured.Median(render):0.00} s"),
        against, string.Create(CultureInfo.InvariantCulture, $"{Measured.Median(theirs):0.00} s"),
        Measured.Median(render) / Measured.Median(theirs));

    private static Task<double> RunnerAsync(params string[] arguments) =>
        SecondsAsync("dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "notebook-runner", "MemoryWall.NotebookRunner.dll"), .. arguments]);

    private static async Task<double> SecondsAsync(string program, string[] arguments)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(start).TotalSeconds
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {error}");
    }

    private static string Checkout()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Analysis.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the benchmarks lie inside the repository");
    }
}
