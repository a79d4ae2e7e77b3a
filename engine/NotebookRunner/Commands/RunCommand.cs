using System.Globalization;
using MemoryWall.Charts;
using MemoryWall.Core.Files;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Execution;
using MemoryWall.NotebookRunner.Parameters;
using Spectre.Console.Cli;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary><c>memwall notebook run</c>: executes a notebook and saves its outputs.</summary>
internal sealed class RunCommand(TextWriter log) : AsyncCommand<NotebookRunOptions>
{
    private const string MeasureAgainVariable = "MEMWALL_MEASURE_AGAIN";

    public override async Task<int> ExecuteAsync(CommandContext context, NotebookRunOptions options, CancellationToken cancellationToken)
    {
        if (!double.IsFinite(options.CellTimeoutSeconds) || options.CellTimeoutSeconds is < 0 or > 2_000_000)
            throw new ParameterException(
                string.Create(CultureInfo.InvariantCulture, $"--timeout: '{options.CellTimeoutSeconds}' is not a number of seconds ")
                + "from 0 to 2,000,000");
        // A page that this program makes shows what its own cells measured, not a run that the engine finds on disk.
        Environment.SetEnvironmentVariable(MeasureAgainVariable, "1");
        var input = Path.GetFullPath(options.Notebook);
        var output = Path.GetFullPath(options.Output ?? options.Notebook);
        var isInPlace = OutputFile.IsSame(input, output);
        if (!isInPlace && !options.Force)
            NamedOutput.Check(output, [input], PageMark.IsOnNotebook);
        var notebook = NotebookDocument.Load(input);
        ParameterInjection.Apply(notebook,
            [.. RunParameters.ForRuns(notebook, options.Runs), .. options.Parameters.Select(Parameter.Parse)]);

        using var stop = new RunnerShutdownSignals(options.ParentStandardInput);
        var execution = new NotebookExecution(
            notebook,
            new ExecutionOptions(
                Path.GetFullPath(options.Folder ?? Path.GetDirectoryName(input)!))
            {
                KeepGoing = options.KeepGoing,
                CellTimeout = options.CellTimeoutSeconds == 0
                    ? null
                    : TimeSpan.FromSeconds(options.CellTimeoutSeconds)
            },
            // With --strip, the notebook is written only after the run.
            written => { if (!options.Strip) written.Save(output, marked: !isInPlace); },
            log);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            // A notebook whose cell ends the process must not count as successful.
            if (execution.Abandon("the cell ended the process"))
                Environment.ExitCode = RunnerExitCodes.Notebook;
        };
        var end = await execution.RunAsync(stop.Token).ConfigureAwait(false);
        if (options.Strip)
        {
            NotebookStripper.Strip(notebook);
            notebook.Save(output, marked: !isInPlace);
        }
        ReportFailure(Path.GetFileName(input), notebook, end);
        // Threads of a cell must not keep the process alive.
        Environment.Exit(end.Outcome switch
        {
            ExecutionOutcome.Completed => RunnerExitCodes.Success,
            ExecutionOutcome.Interrupted => RunnerExitCodes.Cancelled,
            _ => RunnerExitCodes.Notebook,
        });
        return RunnerExitCodes.Fault;
    }

    private void ReportFailure(string name, NotebookDocument notebook, ExecutionResult end)
    {
        if (end.Failure is not { } failure)
            return;
        log.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{name}, cell {end.CellNumber}: {failure.Name}: {failure.Message}"));
        var lines = notebook.Cells[end.CellNumber - 1].Source.Split('\n');
        if (failure.Line is { } line && line >= 1 && line <= lines.Length)
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  line {line}: {lines[line - 1].Trim()}"));
    }
}
