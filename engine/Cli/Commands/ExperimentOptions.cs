using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Files;
using MemoryWall.Experiments;
using MemoryWall.Experiments.Files;
using MemoryWall.Experiments.Slurm;
using MemoryWall.Experiments.State;
using MemoryWall.Lake.Files;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Http;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of every command about one experiment.</summary>
internal class ExperimentOptions : CommandSettings
{
    [CommandArgument(0, "<EXPERIMENT>")]
    [Description("The experiment's file, or the folder NAME.experiment of one that was begun")]
    public string Experiment { get; init; } = "";

    [CommandOption("--runs|--shared <DIR>")]
    [Description("Folder of the runs, and of the folder NAME.experiment with the experiment's state; on a cluster one that all nodes share "
        + "(default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--json")]
    [Description("Write one JSON object to standard output, everything else to standard error")]
    public bool Json { get; init; }

    /// <summary>What the file says.</summary>
    /// <exception cref="FormatException">It cannot be read; the message names the line.</exception>
    public ExperimentDefinition ReadDefinition() => ExperimentFile.Read(ProgramFiles.Resolve(Experiment));

    /// <summary>The folder of the experiment, by its file or by its own path.</summary>
    /// <exception cref="FormatException">The file cannot be read; the message names the line.</exception>
    public ExperimentFolder FindFolder() =>
        Directory.Exists(Experiment) && ExperimentFolder.FromPath(Experiment) is { } folder ? folder : FindFolder(ReadDefinition());

    /// <summary>The folder of an experiment.</summary>
    public ExperimentFolder FindFolder(ExperimentDefinition definition) =>
        ExperimentFolder.Of(RunsDirectory.Resolve(Runs), definition.Name);
}

/// <summary>The options of commands that measure the cells of an experiment.</summary>
internal class ExperimentMeasureOptions : ExperimentOptions
{
    [CommandOption("--api-key-variable <NAME>")]
    [Description("Environment variable that contains the targets' API key")]
    public string? ApiKeyVariable { get; init; }

    [CommandOption("--api-key-file <FILE>")]
    [Description("File that contains the targets' API key")]
    public string? ApiKeyFile { get; init; }

    [CommandOption("--allow-plain-http")]
    [Description("Allow http without TLS to another machine")]
    public bool AllowPlainHttp { get; init; }

    [CommandOption("--telemetry-key-variable <NAME>")]
    [Description(ExporterOptions.VariableDescription)]
    public string? TelemetryKeyVariable { get; init; }

    [CommandOption("--telemetry-key-file <FILE>")]
    [Description(ExporterOptions.FileDescription)]
    public string? TelemetryKeyFile { get; init; }

    [CommandOption("--force")]
    [Description("Measure cells although the forecast needs more memory than there is")]
    public bool Force { get; init; }

    [CommandOption("--lake <FOLDER>")]
    [Description("Lake that results are added to (default: MEMWALL_LAKE, else data/lake of the checkout, else of this folder; on a cluster "
        + "the folder lake of NAME.experiment)")]
    public string? Lake { get; init; }

    /// <summary>How targets and exporters are reached.</summary>
    /// <param name="runs">The folder of the results.</param>
    /// <exception cref="FormatException">There is no key where an option says.</exception>
    public SweepSettings ToSettings(string runs) => new()
    {
        RunsDirectory = runs,
        Force = Force,
        Connection = new ConnectionOptions { ApiKey = ApiKeyOption.Read(ApiKeyVariable, ApiKeyFile), AllowPlainHttp = AllowPlainHttp },
        ExporterConnection = ExporterOptions.Connect(TelemetryKeyVariable, TelemetryKeyFile, AllowPlainHttp),
    };
}

/// <summary>The options of commands that submit cells.</summary>
internal class ExperimentSubmitOptions : ExperimentMeasureOptions
{
    [CommandOption("--partition <NAME>")]
    [Description("Partition of the cluster (default: the cluster's own)")]
    public string? Partition { get; init; }

    [CommandOption("--exclusive")]
    [Description("A node of its own for each cell")]
    public bool Exclusive { get; init; }

    [CommandOption("--scratch <DIR>")]
    [Description("Folder on a disk of the node, for runs until they are finished (default: the temporary folder of the node)")]
    public string? Scratch { get; init; }

    /// <summary>What is asked of Slurm.</summary>
    /// <param name="folder">The experiment's folder.</param>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public SlurmRequest ToRequest(ExperimentFolder folder)
    {
        // A key that is not there is found before anything is submitted.
        _ = ToSettings(folder.Runs);
        return new SlurmRequest
        {
            Partition = SlurmRequest.ParsePartition(Partition),
            Exclusive = Exclusive,
            Command = [.. DotnetHost.ThisProgram, "experiment", "task", folder.FullPath],
            Lake = ToSharedLake(folder).Root,
            MoreArguments =
            [
                .. Scratch is null ? Array.Empty<string>() : ["--scratch", Path.GetFullPath(Scratch)],
                .. ApiKeyVariable is null ? Array.Empty<string>() : ["--api-key-variable", ApiKeyVariable],
                .. ApiKeyFile is null ? Array.Empty<string>() : ["--api-key-file", Path.GetFullPath(ApiKeyFile)],
                .. AllowPlainHttp ? ["--allow-plain-http"] : Array.Empty<string>(),
                .. TelemetryKeyVariable is null ? Array.Empty<string>() : ["--telemetry-key-variable", TelemetryKeyVariable],
                .. TelemetryKeyFile is null ? Array.Empty<string>() : ["--telemetry-key-file", Path.GetFullPath(TelemetryKeyFile)],
                .. Force ? ["--force"] : Array.Empty<string>(),
            ],
        };
    }

    // Another folder of this machine is not on the nodes.
    private LakeFolder ToSharedLake(ExperimentFolder folder) =>
        LakeFolder.Resolve(Lake ?? Environment.GetEnvironmentVariable(LakeFolder.EnvironmentVariable) switch
        {
            { Length: > 0 } named => named,
            _ => Path.Combine(folder.FullPath, "lake"),
        });
}
