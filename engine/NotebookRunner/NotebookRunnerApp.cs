using MemoryWall.NotebookRunner.Commands;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Parameters;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.NotebookRunner;

/// <summary>The command line, known to users as <c>memwall notebook</c>: which commands there are, and how an error becomes an exit
/// code.</summary>
internal static class NotebookRunnerApp
{
    /// <summary>Runs one command line.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // Taken before a kernel redirects the console: words for people never become a cell's output. Open until the very end of the
        // process.
        var words = new StreamWriter(Console.OpenStandardError()) { AutoFlush = true };
        var app = new CommandApp();
        app.Configure(config =>
        {
            config.SetApplicationName("memwall notebook");
            config.UseAssemblyInformationalVersion();
            config.UseStrictParsing();
            config.PropagateExceptions();
            config.Settings.Registrar.RegisterInstance<TextWriter>(words);
            config.AddCommand<RunCommand>("run")
                .WithDescription("Execute a notebook from a clean kernel and write its outputs.")
                .WithExample("run", "notebooks/01-context-sweep.ipynb", "-p", "contexts=2k,8k", "--output", "out.ipynb");
            config.AddCommand<RenderCommand>("render")
                .WithDescription("Render executed notebooks to one HTML file that needs no network.")
                .WithExample("render", "out.ipynb", "--output", "report.html");
            config.AddCommand<StripCommand>("strip")
                .WithDescription("Remove outputs, counts and injected parameters from notebooks.")
                .WithExample("strip", "notebooks/01-context-sweep.ipynb", "--check");
        });
        try
        {
            return await app.RunAsync(args).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            return Report(error, words);
        }
    }

    private static int Report(Exception error, TextWriter words)
    {
        switch (error)
        {
            case CommandAppException { Pretty: { } pretty }:
                AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(words) }).Write(pretty);
                return RunnerExitCodes.Usage;
            case CommandAppException or ParameterException:
                words.WriteLine(PlainText.StripControlCharacters(error.Message));
                return RunnerExitCodes.Usage;
            case NotebookException:
                words.WriteLine(PlainText.StripControlCharacters(error.Message));
                return RunnerExitCodes.Store;
            default:
                words.WriteLine(PlainText.StripControlCharacters($"the notebook runner failed: {error}"));
                return RunnerExitCodes.Fault;
        }
    }
}
