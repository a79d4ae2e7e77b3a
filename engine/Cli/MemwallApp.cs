using MemoryWall.Cli.Commands;
using MemoryWall.Cli.Jupyter;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Machine.Caps;
using MemoryWall.Runs;
using MemoryWall.Targets.Embedded;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli;

/// <summary>The command line: which commands there are, and how an error becomes an exit code.</summary>
internal static class MemwallApp
{
    /// <summary>Runs one command line.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var app = new CommandApp();
        app.Configure(config =>
        {
            config.SetApplicationName("memwall");
            config.UseAssemblyInformationalVersion();
            config.UseStrictParsing();
            config.PropagateExceptions();
            config.AddCommand<StudyCommand>("study")
                .WithDescription(
                    "Measure a sweep and, where the machine permits a memory limit, standard against managed; then put it all into one HTML file.")
                .WithExample("study", "--quick");
            config.AddCommand<SweepCommand>("sweep")
                .WithDescription("Time prompts of growing length against a target, and store the run.")
                .WithExample("sweep", "--contexts", "2k,8k,32k")
                .WithExample("sweep", "--target", "ollama://localhost:11434/llama3.2", "--contexts", "2k..32k*2");
            config.AddCommand<WallCommand>("wall")
                .WithDescription("Find the context at which memory gives way, under each cap, and say what happens there.")
                .WithExample("wall", "--target", "embedded:small", "--cap", "700MiB", "--swap", "allowed,off");
            config.AddCommand<CompareCommand>("compare")
                .WithDescription(
                    "Run systems in turn over the same contexts at the same cap: standard, without swap, quantised KV cache, managed storage tier, or servers of yours.")
                .WithExample("compare", "--target", "embedded:small", "--cap", "700MiB", "--with-swap-file", "4G")
                .WithExample("compare", "--system", "standard=ollama://a:11434/m", "--system", "aidaptiv=openai://b:8000/m");
            config.AddCommand<ForecastCommand>("forecast")
                .WithDescription("Predict the memory that contexts take, and where a budget ends, without running anything.")
                .WithExample("forecast", "--model", "llama-3.1-8b", "--budget", "16GiB");
            config.AddCommand<ModelsCommand>("models").WithDescription("List synthetic presets, GGUF files and a target's models.");
            config.AddCommand<PromptCommand>("prompt")
                .WithDescription("Print a prompt of exactly N tokens, or count a text.")
                .WithExample("prompt", "2k");
            config.AddBranch("runs", runs =>
            {
                runs.SetDescription("List, show and export stored runs.");
                runs.AddCommand<RunsListCommand>("list").WithDescription("All runs, newest first.");
                runs.AddCommand<RunsShowCommand>("show").WithDescription("One run: its table and its verdicts.");
                runs.AddCommand<RunsCompareCommand>("compare")
                    .WithDescription("Two runs: ratios with their intervals, and what they allow to say.");
                runs.AddCommand<RunsExportCommand>("export").WithDescription("One run's trials with their rates, as CSV (or --json).");
            });
            config.AddCommand<AuditCommand>("audit")
                .WithDescription(
                    "Read results of llama-bench, vLLM, guidellm, AIPerf, Ollama or of this program, and name reasons to doubt them.")
                .WithExample("audit", "results.json", "--memory-bandwidth", "100GB");
            config.AddCommand<ReportCommand>("report")
                .WithDescription("Execute a notebook and render it to one HTML file.")
                .WithExample("report", "context-sweep", "--run", "20261125-004211");
            config.AddCommand<NotebookCommand>("notebook")
                .WithDescription("Run, render or strip a notebook file; memwall notebook --help says more.");
            config.AddBranch("kernel", kernel =>
            {
                kernel.SetDescription("Let Jupyter clients open the notebooks.");
                kernel.AddCommand<KernelInstallCommand>("install")
                    .WithDescription("Write the kernel .net-csharp for this user, with the pinned tool, on loopback only.");
                kernel.AddCommand<KernelUninstallCommand>("uninstall").WithDescription("Remove it.");
                kernel.AddCommand<KernelListCommand>("list").WithDescription("This user's kernels.");
            });
            config.AddCommand<WatchCommand>("watch")
                .WithDescription("Show the machine now: processors, memory, a server's share of it, disk, accelerators.");
            config.AddCommand<DoctorCommand>("doctor")
                .WithDescription("Say what is installed here, and what each missing thing would add.");
        });
        try
        {
            // The runner is a program of its own that knows its own options.
            if (args is ["notebook", .. var words])
                return await NotebookRunnerProcess.RunAsync(words, cancellation).ConfigureAwait(false);
            return await app.RunAsync(args, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }
        catch (Exception error)
        {
            return Report(error);
        }
    }

    private static int Report(Exception error)
    {
        switch (error)
        {
            case CommandAppException { Pretty: { } pretty }:
                Terminal.Error.Write(pretty);
                return ExitCodes.Usage;
            case CommandAppException or FormatException:
                Terminal.Error.WriteLine(error.Message);
                return ExitCodes.Usage;
            case StoreException:
                Terminal.Error.WriteLine(error.Message);
                return ExitCodes.Store;
            case KernelException or NotebookRunnerException:
                Terminal.Error.WriteLine(error.Message);
                return ExitCodes.Fault;
            case EmbeddedServerException or CapException:
                Terminal.Error.WriteLine(error.Message);
                return ExitCodes.Preflight;
            default:
                Terminal.Error.WriteLine($"memwall failed: {error}");
                return ExitCodes.Fault;
        }
    }
}
