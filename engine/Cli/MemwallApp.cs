using MemoryWall.Cli.Commands;
using MemoryWall.Cli.Completion;
using MemoryWall.Cli.Help;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Jupyter;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Pages;
using MemoryWall.Experiments.Slurm;
using MemoryWall.Machine.Caps;
using MemoryWall.Runs.Files;
using MemoryWall.Targets.Embedded;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli;

/// <summary>The command line: its commands, and the exit code of each error.</summary>
internal static class MemwallApp
{
    private const string SessionsRun = "run";

    /// <summary>Runs one command line.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        try
        {
            // The notebook runner is a program of its own that parses its own options.
            if (args is ["notebook", .. var arguments])
                return await NotebookRunnerProcess.RunAsync(arguments, cancellation).ConfigureAwait(false);
            if (RenamedOptions.FindError(args) is { } renamed)
                throw new FormatException(renamed);
            return await CreateApp().RunAsync(AuditOptions.MarkStandardInput(NameSessionsRun(args)), cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }
        catch (Exception error)
        {
            return Report(error, args);
        }
    }

    // The library has no options beside the commands of a branch.
    private static string[] NameSessionsRun(string[] args) => args is ["sessions"] or ["sessions", ['-', ..], ..]
        ? ["sessions", SessionsRun, .. args.Skip(1)]
        : args;

    /// <summary>All commands with their options.</summary>
    public static IReadOnlyList<CommandWords> ReadCommands()
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = int.MaxValue;
        var app = CreateApp();
        app.Configure(config => config.ConfigureConsole(console));
        app.Run(["cli", "xmldoc"]);
        return [.. CommandWords.Parse(text.ToString(), new Dictionary<string, string> { ["sessions"] = SessionsRun })
            .Select(command => command.Path switch
            {
                "help" => command.With(HelpTopic.All.Select(topic => topic.Name)),
                "completion" => command.With(CompletionScript.Shells),
                _ => command,
            })];
    }

    private static CommandApp CreateApp()
    {
        var app = new CommandApp();
        app.Configure(config =>
        {
            config.SetApplicationName("memwall");
            config.UseAssemblyInformationalVersion();
            config.UseStrictParsing();
            config.PropagateExceptions();
            AddMeasurements(config);
            AddSessions(config);
            AddExperiments(config);
            AddPredictions(config);
            AddStoredRuns(config);
            AddReports(config);
            AddMachine(config);
        });
        return app;
    }

    private static void AddMeasurements(IConfigurator config)
    {
        config.AddCommand<StudyCommand>("study")
            .WithDescription("Run a sweep and, where memory can be capped, a comparison of systems; write one HTML file about both.")
            .WithExample("study", "--quick");
        config.AddCommand<SweepCommand>("sweep")
            .WithDescription("Time prompts of growing length on a server, and store the run.")
            .WithExample("sweep", "--contexts", "2k,8k,32k")
            .WithExample("sweep", "--target", "ollama://localhost:11434/llama3.2");
        config.AddCommand<WallCommand>("wall")
            .WithDescription("Find the memory wall: the context from which memory no longer suffices, under each cap.")
            .WithExample("wall", "--cap", "700MiB", "--swap", "allowed,off");
        config.AddCommand<CompareCommand>("compare")
            .WithDescription("Run several systems in turn over the same contexts, at the same cap.")
            .WithExample("compare", "--cap", "700MiB", "--with-swap-file", "4G")
            .WithExample("compare", "--cap", "700MiB", "--stage", "standard")
            .WithExample("compare", "--system", "a=ollama://a:11434/m", "--system", "b=openai://b:8000/m");
    }

    private static void AddSessions(IConfigurator config) => config.AddBranch("sessions", sessions =>
    {
        sessions.SetDescription("Time conversations of several users that grow turn by turn.");
        sessions.AddCommand<SessionsCommand>(SessionsRun)
            .WithDescription("The conversations; the word run may be omitted.")
            .WithExample("sessions", "--target", "embedded:small", "--cap", "400MiB", "--tier", "/mnt/nvme")
            .WithExample("sessions", "--target", "llama-server://localhost:8080", "--users", "8", "--order", "bursty");
        sessions.AddCommand<SessionsForecastCommand>("forecast")
            .WithDescription("Simulate caches of several sizes over a recorded trace: hits, and how long users wait.")
            .WithExample("sessions", "forecast", "--trace", "data/traces/example-conversation.jsonl", "--ram", "64MiB", "--tier",
                "1TB@5GB/s", "--prefill-from", "samples/context-sweep");
    });

    private static void AddExperiments(IConfigurator config) => config.AddBranch("experiment", experiment =>
    {
        experiment.SetDescription("Measure every combination of the values of axes, on this machine or on a Slurm cluster.");
        experiment.AddCommand<ExperimentSchemaCommand>("schema").WithDescription("Print the fields of an experiment's file.");
        experiment.AddCommand<ExperimentPlanCommand>("plan")
            .WithDescription("List the cells with their forecast memory and expected time, and what is left out, contacted and read.")
            .WithExample("experiment", "plan", "data/experiments/kv-types.yaml");
        experiment.AddCommand<ExperimentRunCommand>("run")
            .WithDescription("Measure the cells on this machine, each as a run of its own.")
            .WithExample("experiment", "run", "data/experiments/kv-types.yaml", "--resume");
        experiment.AddCommand<ExperimentSubmitCommand>("submit")
            .WithDescription("Submit the cells to Slurm as job arrays.")
            .WithExample("experiment", "submit", "data/experiments/kv-types.yaml", "--slurm", "--shared", "/shared/runs");
        experiment.AddCommand<ExperimentStatusCommand>("status").WithDescription("Show where the cells stand.");
        experiment.AddCommand<ExperimentCancelCommand>("cancel").WithDescription("Cancel the jobs of an experiment.");
        experiment.AddCommand<ExperimentRetryCommand>("retry")
            .WithDescription("Submit cells again that ended without a result.")
            .WithExample("experiment", "retry", "data/experiments/kv-types.yaml", "--failed", "--shared", "/shared/runs");
        experiment.AddCommand<ExperimentTaskCommand>("task").WithDescription("Measure one cell, as a task of a scheduler.").IsHidden();
    });

    private static void AddPredictions(IConfigurator config)
    {
        config.AddCommand<ForecastCommand>("forecast")
            .WithDescription("Predict the memory of each context, and the memory wall within a budget, without running anything.")
            .WithExample("forecast", "--model", "llama-3.1-8b", "--budget", "16GiB");
        config.AddCommand<ModelsCommand>("models")
            .WithDescription("List models: synthetic ones, well-known ones for forecast, GGUF files, a server's.");
        config.AddCommand<PromptCommand>("prompt")
            .WithDescription("Print a prompt of exactly N tokens, or count the tokens of a text.")
            .WithExample("prompt", "2k");
    }

    private static void AddStoredRuns(IConfigurator config)
    {
        config.AddBranch("runs", runs =>
        {
            runs.SetDescription("List, show, name, compare, export and remove stored runs.");
            runs.AddCommand<RunsListCommand>("list").WithDescription("List all runs, newest first.");
            runs.AddCommand<RunsShowCommand>("show").WithDescription("Show the tables and the verdicts of a run.");
            runs.AddCommand<RunsCompareCommand>("compare").WithDescription("Compare two runs: ratios with their intervals and verdicts.");
            runs.AddCommand<RunsRenameCommand>("rename").WithDescription("Give a run another label.");
            runs.AddCommand<RunsNoteCommand>("note").WithDescription("Store a note with a run.");
            runs.AddCommand<RunsArchiveCommand>("archive").WithDescription("Leave runs out of the list and of latest.");
            runs.AddCommand<RunsRemoveCommand>("rm").WithDescription("Remove runs with all their files, after asking.");
            runs.AddCommand<RunsImportCommand>("import").WithDescription("Add the runs of a zip file to the stored ones.");
            runs.AddCommand<RunsExportCommand>("export")
                .WithDescription("Export the trials of a run with their rates, as CSV or JSON, or the run itself.")
                .WithExample("runs", "export", "latest", "--bundle", "-o", "run.zip");
        });
        config.AddBranch("lake", lake =>
        {
            lake.SetDescription("Tables of many runs of many machines, as Parquet files that SQL engines read.");
            lake.AddCommand<LakeAddCommand>("add").WithDescription("Add runs to the tables, each once.")
                .WithExample("lake", "add", "latest", "--lake", "/mnt/shared/lake");
            lake.AddCommand<LakeQueryCommand>("query").WithDescription("Run SQL on the tables.")
                .WithExample("lake", "query",
                    "SELECT context_tokens, median(generation_tps) FROM trials WHERE NOT is_left_out GROUP BY 1 ORDER BY 1")
                .WithExample("lake", "query", "SELECT run_id, model, cpu_model FROM runs", "--csv", "runs.csv");
            lake.AddCommand<LakeTrendCommand>("trend")
                .WithDescription("Show a figure over runs of one setup, and from which run on it changed.")
                .WithExample("lake", "trend", "--model", "llama-3.1-8b", "--machine", "EPYC", "--figure", "prefill", "--context", "8k");
            lake.AddCommand<LakeCompactCommand>("compact").WithDescription("Pack the files of each month into one a table.");
        });
        config.AddCommand<SchemaCommand>("schema")
            .WithDescription("Print the columns of stored files and data frames, with their units and meanings.")
            .WithExample("schema", "trials.csv");
        config.AddCommand<AuditCommand>("audit")
            .WithDescription("Find reasons to doubt results of llama-bench, vLLM, guidellm, AIPerf, Ollama or memwall.")
            .WithExample("audit", "results.json", "--memory-bandwidth", "100GB");
    }

    private static void AddReports(IConfigurator config)
    {
        config.AddCommand<ReportCommand>("report")
            .WithDescription("Execute a notebook and render it to one HTML file.")
            .WithExample("report", "context-sweep", "--run", "latest");
        config.AddCommand<ExportCommand>("export")
            .WithDescription("Write runs as slides, a workbook, pictures, CSV or a zip file.")
            .WithExample("export", "latest", "--to", "pptx");
        config.AddCommand<NotebookCommand>("notebook")
            .WithDescription("Run, render or strip a notebook file; see memwall notebook --help.");
        config.AddBranch("kernel", kernel =>
        {
            kernel.SetDescription("Install the kernel with which Jupyter clients run the notebooks.");
            kernel.AddCommand<KernelInstallCommand>("install")
                .WithDescription("Install the kernel .net-csharp for this user, listening on loopback only.");
            kernel.AddCommand<KernelUninstallCommand>("uninstall").WithDescription("Remove the kernel.");
            kernel.AddCommand<KernelListCommand>("list").WithDescription("List this user's kernels.");
        });
    }

    private static void AddMachine(IConfigurator config)
    {
        config.AddCommand<ServeCommand>("serve")
            .WithDescription("Serve a model to Ollama and OpenAI clients, also one that is larger than memory.")
            .WithExample("serve", "--model", "small", "--tier", "/mnt/nvme", "--cap", "400MiB");
        config.AddCommand<DashboardCommand>("dashboard")
            .WithDescription("Show runs in a browser while they are measured, replay stored ones, start and stop runs.")
            .WithExample("dashboard", "--port", "8137");
        config.AddCommand<WatchCommand>("watch")
            .WithDescription("Show the machine now: CPU, memory, a server's share of it, disk, GPU.");
        config.AddCommand<DoctorCommand>("doctor")
            .WithDescription("Check what is installed here, and what each missing part would add.");
        config.AddCommand<CompletionCommand>("completion")
            .WithDescription("Print a script that completes commands and options in bash or PowerShell.")
            .WithExample("completion", "bash")
            .WithData((Func<IReadOnlyList<CommandWords>>)ReadCommands);
        config.AddCommand<HelpCommand>("help")
            .WithDescription("Print a reference page: doubts, exit-codes, experiments, exporters, glossary, methods, outcomes, regimes or "
                + "targets.")
            .WithExample("help", "exit-codes");
    }

    private static int Report(Exception error, string[] args)
    {
        switch (error)
        {
            case CommandRuntimeException when NumberOptions.FindError(args) is { } message:
                return Write(message, ExitCodes.Usage);
            case CommandParseException when UnknownOptions.FindError(args) is { } message:
                return Write(message, ExitCodes.Usage);
            case CommandParseException when StrayValues.FindError(args) is { } message:
                return Write(message, ExitCodes.Usage);
            case CommandAppException { Pretty: { } pretty }:
                Terminal.Error.Write(pretty);
                return ExitCodes.Usage;
            case CommandAppException or FormatException:
                return Write(error.Message, ExitCodes.Usage);
            case StoreException:
                return Write(error.Message, ExitCodes.Store);
            case KernelException or NotebookRunnerException or PageException:
                return Write(error.Message, ExitCodes.Fault);
            case EmbeddedServerException or CapException or SlurmException:
                return Write(error.Message, ExitCodes.Preflight);
            default:
                return Write($"memwall failed: {error}", ExitCodes.Fault);
        }
    }

    private static int Write(string message, int code)
    {
        Terminal.Error.WriteLine(message);
        if (HelpTopic.FindOf(message) is { } topic)
            Terminal.Error.WriteLine($"'memwall help {topic.Name}' has the values with their meanings.");
        return code;
    }
}
