using MemoryWall.NotebookRunner.Commands;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Parameters;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.NotebookRunner;

/// <summary>The command line, which users call as <c>memwall notebook</c>: its commands, and the exit code of each error.</summary>
internal static class NotebookRunnerApp
{
    /// <summary>Runs one command line.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // Opened before a kernel redirects the console, so that messages do not become outputs of a cell. Never closed, because messages
        // can be written until the process ends.
        var terminal = new StreamWriter(Console.OpenStandardError()) { AutoFlush = true };
        var messages = new PlainWriter(terminal);
        var app = new CommandApp();
        app.Configure(config =>
        {
            config.SetApplicationName("memwall notebook");
            config.UseAssemblyInformationalVersion();
            config.UseStrictParsing();
            config.PropagateExceptions();
            config.Settings.Registrar.RegisterInstance<TextWriter>(messages);
            config.AddCommand<RunCommand>("run")
                .WithDescription("Execute a notebook from a clean kernel and write its outputs.")
                .WithExample("run", "notebooks/01-context-sweep.ipynb", "-p", "contexts=2k,8k", "--output", "out.ipynb");
            config.AddCommand<RenderCommand>("render")
                .WithDescription("Render executed notebooks to one HTML file that needs no network.")
                .WithExample("render", "out.ipynb", "--output", "report.html");
            config.AddCommand<StripCommand>("strip")
                .WithDescription("Remove outputs, counts and injected parameters from notebooks.")
                .WithExample("strip", "notebooks/01-context-sweep.ipynb", "--check");
            config.AddCommand<RefreshCommand>("refresh")
                .WithDescription("Execute the cells that show samples and save the notebooks with these outputs.")
                .WithExample("refresh", "notebooks/*.ipynb", "--check");
        });
        try
        {
            return await app.RunAsync(args).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            return Report(error, terminal, messages);
        }
    }

    // What is wrong with the command line may be coloured; it contains nothing but what the user wrote.
    private static int Report(Exception error, TextWriter terminal, PlainWriter messages)
    {
        switch (error)
        {
            case CommandAppException { Pretty: { } pretty }:
                AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal) }).Write(pretty);
                return RunnerExitCodes.Usage;
            case CommandAppException or ParameterException:
                messages.WriteLine(error.Message);
                return RunnerExitCodes.Usage;
            case NotebookException:
                messages.WriteLine(error.Message);
                return RunnerExitCodes.Store;
            default:
                messages.WriteLine($"the notebook runner failed: {error}");
                return RunnerExitCodes.Fault;
        }
    }
}
