using System.ComponentModel;
using System.Globalization;
using System.Text;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Execution;
using Spectre.Console.Cli;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary>The options of <c>memwall notebook refresh</c>.</summary>
internal sealed class RefreshOptions : CommandSettings
{
    [CommandArgument(0, "<NOTEBOOK>")]
    [Description("The notebooks, changed in place")]
    public string[] Notebooks { get; init; } = [];

    [CommandOption("--check")]
    [Description("Change nothing; exit with code 6 if the outputs of a notebook are not those of its cells")]
    public bool Check { get; init; }

    [CommandOption("--parent-stdin", IsHidden = true)]
    [Description("Stop when the standard input ends")]
    public bool ParentStandardInput { get; init; }
}

/// <summary><c>memwall notebook refresh</c>: executes the cells that show samples, and saves the notebooks with these
/// outputs. Cells that measure, or show this machine, have no outputs.</summary>
internal sealed class RefreshCommand(TextWriter log) : AsyncCommand<RefreshOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, RefreshOptions options, CancellationToken cancellationToken)
    {
        Environment.SetEnvironmentVariable(LiveCells.SamplesOnlyVariable, "1");
        using var stop = new RunnerShutdownSignals(options.ParentStandardInput);
        var bad = false;
        // A notebook runs in its own folder, so the paths are made absolute before the first one does.
        foreach (var path in options.Notebooks.Select(Path.GetFullPath).ToList())
        {
            var problem = await RefreshAsync(path, options.Check, stop.Token).ConfigureAwait(false);
            if (stop.Token.IsCancellationRequested)
                Environment.Exit(RunnerExitCodes.Cancelled);
            if (problem is not null)
                log.WriteLine($"{Path.GetFileName(path)}: {problem}");
            bad |= problem is not null;
        }
        // Threads of a cell must not keep the process alive.
        Environment.Exit(bad ? RunnerExitCodes.Notebook : RunnerExitCodes.Success);
        return RunnerExitCodes.Fault;
    }

    /// <summary>Executes one notebook and saves or compares it. Returns what is wrong; null if nothing is.</summary>
    private static async Task<string?> RefreshAsync(string path, bool check, CancellationToken stop)
    {
        var notebook = NotebookDocument.Load(path);
        NotebookStripper.Strip(notebook);
        var execution = new NotebookExecution(notebook,
            new ExecutionOptions(Path.GetDirectoryName(path)!) { LiveCells = new LiveCells() }, _ => { }, TextWriter.Null);
        var end = await execution.RunAsync(stop).ConfigureAwait(false);
        if (end.Failure is { } failure)
            return string.Create(CultureInfo.InvariantCulture, $"cell {end.CellNumber}: {failure.Message}");
        ShippedOutputs.Reduce(notebook);
        var text = notebook.ToJson();
        if (Encoding.UTF8.GetByteCount(text) is var size && size > ShippedOutputs.MaximumBytes)
            return string.Create(CultureInfo.InvariantCulture, $"{size:#,0} bytes are more than {ShippedOutputs.MaximumBytes:#,0}");
        if (!check)
            notebook.Save(path);
        else if (await File.ReadAllTextAsync(path, stop).ConfigureAwait(false) is var stored && stored != text)
            return $"{DescribeDifference(NotebookDocument.Load(path), notebook)}; run: memwall notebook refresh notebooks/*.ipynb";
        return null;
    }

    private static string DescribeDifference(NotebookDocument stored, NotebookDocument executed)
    {
        for (var i = 0; i < Math.Min(stored.Cells.Count, executed.Cells.Count); i++)
            if (stored.Cells[i].Node.ToJsonString() != executed.Cells[i].Node.ToJsonString())
                return string.Create(CultureInfo.InvariantCulture, $"the outputs of cell {i + 1} are stale");
        return "it is not saved in the form of the editors";
    }
}
